// SPDX-License-Identifier: BSD-3-Clause
// tty_nr and tpgid of /proc/PID/stat.
#include <terminal.h>

static void show(const char* what) {
    char text[300];
    int group, session, terminal, foreground, unused;
    FILE* f = fopen("/proc/self/stat", "r");
    fgets(text, sizeof text, f);
    fclose(f);
    sscanf(strrchr(text, ')') + 2, "%*c %d %d %d %d %d", &unused, &group, &session, &terminal,
           &foreground);
    struct stat s;
    fstat(slave, &s);
    printf("%s: group %d session %d terminal %s foreground %s\n", what, group == getpgrp(),
           session == getsid(0),
           terminal == 0                ? "none"
           : terminal == (int)s.st_rdev ? "the slave"
                                        : "another",
           foreground == -1          ? "none"
           : foreground == getpgrp() ? "own group"
                                     : "another");
}

static void session(void) {
    show("leader");
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        show("background");
        fflush(stdout);
        setsid();
        show("after setsid");
        fflush(stdout);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

int main(void) {
    open_pair();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        show("without");
        fflush(stdout);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    show_end("session", start_session(session));
}
