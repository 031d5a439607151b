// SPDX-License-Identifier: BSD-3-Clause
// Processes in the background: SIGTTIN for readers, SIGTTOU for writers with TOSTOP and for those
// who change the terminal.
#include <terminal.h>

static pid_t job(void (*work)(void)) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        work();
        fflush(stdout);
        _exit(7);
    }
    setpgid(pid, pid);
    return pid;
}

static void reads(void) {
    char text[10];
    ssize_t n = read(slave, text, 10);
    show_bytes("job reads", text, n);
}
static void writes(void) {
    ssize_t n = write(slave, "out", 3);
    show_bytes("job writes", "out", n);
}
static void changes(void) {
    SHOW(tcsetattr(slave, TCSANOW, &plain));
}
static void takes_foreground(void) {
    SHOW(tcsetpgrp(slave, getpgrp()));
}
static void flushes(void) {
    SHOW(tcflush(slave, TCIFLUSH));
}
static void ignores(void) {
    char text[10];
    signal(SIGTTIN, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    SHOW(read(slave, text, 10));
    SHOW(tcsetattr(slave, TCSANOW, &plain));
    SHOW(tcsetpgrp(slave, getpgrp()));
}
static void blocks(void) {
    char text[10];
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGTTIN);
    sigaddset(&both, SIGTTOU);
    sigprocmask(SIG_BLOCK, &both, NULL);
    SHOW(read(slave, text, 10));
    SHOW(tcsetattr(slave, TCSANOW, &plain));
}
static void harmless(void) {
    struct winsize w;
    int n;
    SHOW(ioctl(slave, TIOCGWINSZ, &w));
    SHOW(ioctl(slave, FIONREAD, &n));
    SHOW(tcgetattr(slave, &plain));
    SHOW(write(slave, "x", 1));
}

static void foreground(pid_t group) {
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(slave, group);
    signal(SIGTTOU, SIG_DFL);
}

/// Stops, is brought to the foreground, and does its work there.
static void stops(const char* what, void (*work)(void)) {
    printf("%s\n", what);
    pid_t pid = job(work);
    show_change("  job", pid, WUNTRACED);
    foreground(pid);
    kill(-pid, SIGCONT);
    show_change("  job", pid, WUNTRACED);
    foreground(getpgrp());
}

static void session(void) {
    type("line\n");
    stops("read", reads);
    pid_t pid = job(writes);
    show_change("write", pid, WUNTRACED);
    set(0, 0, TOSTOP, 0);
    stops("write with TOSTOP", writes);
    set(0, 0, 0, 0);
    stops("tcsetattr", changes);
    stops("tcflush", flushes);
    stops("tcsetpgrp", takes_foreground);
    show_change("ignored", job(ignores), WUNTRACED);
    foreground(getpgrp());
    show_change("blocked", job(blocks), WUNTRACED);
    show_change("harmless", job(harmless), WUNTRACED);
}

int main(void) {
    open_pair();
    show_end("session", start_session(session));
}
