// SPDX-License-Identifier: BSD-3-Clause
// Members of an orphaned group are not stopped: their reads fail with EIO.
#include <../tty/terminal.h>

static int told[2];

static void orphan(void) {
    char text[10], line[200];
    while (getppid() != 1 && kill(getppid(), 0) == 0 && getpgid(getppid()) != getpgrp() &&
           getsid(getppid()) == getsid(0))
        sleep_ms(5);
    ssize_t n = read(slave, text, 10);
    int length =
        snprintf(line, sizeof line, "read %zd %s\n", n, n < 0 ? strerrorname_np(errno) : "");
    n = tcsetattr(slave, TCSANOW, &plain);
    length += snprintf(line + length, sizeof line - (size_t)length, "tcsetattr %zd %s\n", n,
                       n < 0 ? strerrorname_np(errno) : "");
    n = tcsetpgrp(slave, getpgrp());
    length += snprintf(line + length, sizeof line - (size_t)length, "tcsetpgrp %zd %s\n", n,
                       n < 0 ? strerrorname_np(errno) : "");
    raise(SIGTSTP);  // not heard
    length += snprintf(line + length, sizeof line - (size_t)length, "goes on\n");
    write(told[1], line, (size_t)length);
    _exit(0);
}

static void session(void) {
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        if (fork() == 0)
            orphan();
        _exit(0);  // its child's group has no link to the session's any more
    }
    waitpid(pid, NULL, 0);
    char text[500];
    ssize_t n = read(told[0], text, sizeof text);
    fwrite(text, 1, (size_t)n, stdout);
}

int main(void) {
    open_pair();
    pipe(told);
    show_end("session", start_session(session));
}
