// SPDX-License-Identifier: BSD-3-Clause
// A job is stopped by its terminal and goes on: wait statuses, SIGCHLD and its codes, /proc.
#include <terminal.h>

static volatile sig_atomic_t calls, code, status;
static void child_changed(int s, siginfo_t* info, void* unused) {
    (void)s;
    (void)unused;
    ++calls;
    code = info->si_code;
    status = info->si_status;
}

static char state_of(pid_t pid) {
    char name[64], text[300];
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    FILE* f = fopen(name, "r");
    if (!f || !fgets(text, sizeof text, f))
        return '?';
    fclose(f);
    return strrchr(text, ')')[2];
}

static void watch(int flags) {
    struct sigaction a = {.sa_sigaction = child_changed, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGCHLD, &a, NULL);
    calls = code = status = 0;
}

/// The parent may hear of a change by waitpid(2) before its signal comes.
static void show_calls(const char* what, int wanted) {
    for (int i = 0; i < 1000 && calls < wanted; ++i)
        sleep_ms(5);
    printf("%s: %d calls code %d status %d\n", what, calls, code, status);
    calls = code = status = 0;
}

static void session(void) {
    watch(SA_RESTART);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        for (;;)
            pause();
    }
    setpgid(pid, pid);
    tcsetpgrp(slave, pid);
    type("\032");
    show_change("Ctrl-Z", pid, WUNTRACED);
    show_calls("SIGCHLD", 1);
    printf("state %c\n", state_of(pid));
    kill(pid, SIGCONT);
    show_change("SIGCONT", pid, WUNTRACED | WCONTINUED);
    show_calls("SIGCHLD", 1);
    kill(pid, SIGSTOP);
    siginfo_t info = {0};
    SHOW(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT));
    printf("code %d status %d\n", info.si_code, info.si_status);
    SHOW(waitid(P_PID, (id_t)pid, &info, WSTOPPED));
    SHOW(waitpid(pid, NULL, WUNTRACED | WNOHANG));  // told once
    show_calls("SIGCHLD", 1);
    watch(SA_RESTART | SA_NOCLDSTOP);
    kill(pid, SIGCONT);
    show_change("SIGCONT", pid, WCONTINUED);
    kill(pid, SIGSTOP);
    show_change("SIGSTOP", pid, WUNTRACED);
    show_calls("SA_NOCLDSTOP", 0);
    kill(pid, SIGTERM);  // waits until it goes on
    sleep_ms(50);
    printf("state %c\n", state_of(pid));
    kill(pid, SIGCONT);
    show_change("SIGTERM", pid, 0);
    show_calls("SIGCHLD", 1);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(slave, getpgrp());
}

int main(void) {
    open_pair();
    show_end("session", start_session(session));
}
