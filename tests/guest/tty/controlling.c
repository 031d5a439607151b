// SPDX-License-Identifier: BSD-3-Clause
// Who gets a controlling terminal, by open and by TIOCSCTTY, and who does not.
#include <terminal.h>

static void by_open(void) {
    int n;
    WORKS(open("/dev/tty", O_RDWR));
    SHOW(ioctl(slave, TIOCGSID, &n));
    SHOW(ioctl(slave, TIOCGPGRP, &n));
    SHOW(ioctl(master, TIOCGPGRP, &n));
    SHOW(n);
    SHOW(ioctl(master, TIOCGSID, &n));
    int fd = open(ptsname(master), O_RDWR | O_NOCTTY);
    WORKS(open("/dev/tty", O_RDWR));
    close(fd);
    fd = open(ptsname(master), O_WRONLY);  // not for reading
    WORKS(open("/dev/tty", O_RDWR));
    close(fd);
    fd = open(ptsname(master), O_RDWR);
    int own = open("/dev/tty", O_RDWR);
    WORKS(own);
    SHOW(ioctl(own, TIOCGSID, &n));
    HOLDS(n == getpid());
    SHOW(ioctl(own, TIOCGPGRP, &n));
    HOLDS(n == getpgrp());
    SHOW(ioctl(master, TIOCGPGRP, &n));
    HOLDS(n == getpgrp());
    SHOW(ioctl(master, TIOCGSID, &n));
    HOLDS(n == getpid());
    HOLDS(tcgetsid(own) == getsid(0));
    struct stat s;
    fstat(own, &s);
    HOLDS(s.st_rdev == 0x500);
    write(own, "by its other name", 17);
    show_master("master");
    SHOW(ioctl(slave, TIOCSCTTY, 0));  // it has it
    int other = posix_openpt(O_RDWR | O_NOCTTY);
    unlockpt(other);
    int other_slave = open(ptsname(other), O_RDWR);
    SHOW(ioctl(other_slave, TIOCSCTTY, 0));  // it has one
    SHOW(ioctl(other_slave, TIOCGSID, &n));
    SHOW(ioctl(other_slave, TIOCNOTTY));
    signal(SIGHUP, SIG_IGN);
    SHOW(ioctl(own, TIOCNOTTY));
    WORKS(open("/dev/tty", O_RDWR));
    SHOW(ioctl(other_slave, TIOCSCTTY, 0));
    WORKS(open("/dev/tty", O_RDWR));
}

int main(void) {
    open_pair();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        SHOW(ioctl(slave, TIOCSCTTY, 0));  // leads no session
        setsid();
        by_open();
        fflush(stdout);
        // A second session cannot have it, unless it takes it away
        SHOW(ioctl(slave, TIOCSCTTY, 0));
        fflush(stdout);
        _exit(0);
    }
    show_end("first", pid);
    int n;
    SHOW(ioctl(master, TIOCGSID, &n));
}
