// SPDX-License-Identifier: BSD-3-Clause
// Keys that send signals to the foreground, what they flush, and TIOCSIG.
#include <terminal.h>

static volatile sig_atomic_t last, code;
static void note(int s, siginfo_t* info, void* unused) {
    (void)unused;
    last = s;
    code = info->si_code;
}

static void press(const char* what, const char* keys) {
    last = code = 0;
    type(keys);
    for (int i = 0; i < 100 && !last; ++i)
        sleep_ms(5);
    printf("%s: signal %d code %s\n", what, last, code == SI_KERNEL ? "SI_KERNEL" : "other");
}

static void session(void) {
    struct sigaction a = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART};
    for (int s = 1; s < 32; ++s)
        if (s == SIGINT || s == SIGQUIT || s == SIGTSTP)
            sigaction(s, &a, NULL);
    type("typed");
    sleep_ms(50);
    press("VINTR", "\003");
    show_read("flushed", 100);
    show_master("echo");
    press("VQUIT", "\034");
    press("VSUSP", "\032");
    show_master("echo");
    set(0, 0, NOFLSH, 0);
    press("NOFLSH", "kept\003\n");
    show_read("line", 100);
    show_master("echo");
    set(0, 0, 0, ISIG);
    type("\003\n");
    show_read("no ISIG", 100);
    show_master("echo");
    set(0, 0, 0, ECHO);
    press("no ECHO", "\003");
    show_master("echo");
    struct termios t = plain;
    t.c_cc[VINTR] = 'x';
    t.c_cc[VQUIT] = 0;  // nothing
    tcsetattr(slave, TCSANOW, &t);
    press("another key", "x");
    type("\034\n");
    show_read("switched off", 100);
    show_master("echo");
    SHOW(ioctl(master, TIOCSIG, SIGINT));
    SHOW(last);
    SHOW(ioctl(master, TIOCSIG, SIGTERM));
    SHOW(ioctl(master, TIOCSIG, 0));
}

int main(void) {
    open_pair();
    show_end("session", start_session(session));
}
