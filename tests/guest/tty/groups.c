// SPDX-License-Identifier: BSD-3-Clause
// TIOCSPGRP: which groups may be in the foreground.
#include <terminal.h>

static void session(void) {
    int n = -5;
    SHOW(ioctl(slave, TIOCSPGRP, &n));
    n = 999999;
    SHOW(ioctl(slave, TIOCSPGRP, &n));
    n = getppid();  // of another session
    SHOW(ioctl(slave, TIOCSPGRP, &n));
    n = 0;
    SHOW(ioctl(slave, TIOCSPGRP, &n));
    SHOW(ioctl(slave, TIOCSPGRP, BAD));
    SHOW(ioctl(slave, TIOCGPGRP, BAD));
    SHOW(ioctl(slave, TIOCGSID, BAD));
    n = getpgrp();
    SHOW(ioctl(slave, TIOCSPGRP, &n));
    SHOW(ioctl(master, TIOCSPGRP, &n));
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        pause();
    }
    setpgid(pid, pid);
    SHOW(tcsetpgrp(slave, pid));
    HOLDS(tcgetpgrp(slave) == pid);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    HOLDS(tcgetpgrp(slave) == pid);  // a group nobody is in
}

int main(void) {
    int n = getpgrp();
    open_pair();
    SHOW(ioctl(slave, TIOCSPGRP, &n));  // not its terminal
    SHOW(ioctl(0, TIOCSPGRP, &n));
    show_end("session", start_session(session));
}
