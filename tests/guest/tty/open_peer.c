// SPDX-License-Identifier: BSD-3-Clause
// TIOCGPTPEER opens the slave by its master; TIOCGPTN and others are for masters only.
#include <terminal.h>

int main(void) {
    master = posix_openpt(O_RDWR | O_NOCTTY);
    WORKS(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));  // locked
    unlockpt(master);
    slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    WORKS(slave);
    SHOW(fcntl(slave, F_GETFD));
    SHOW(isatty(slave));
    HOLDS(strcmp(ttyname(slave), ptsname(master)) == 0);
    int n = 0;
    SHOW(ioctl(slave, TIOCGPTN, &n));
    SHOW(ioctl(slave, TIOCSPTLCK, &n));
    SHOW(ioctl(slave, TIOCGPTLCK, &n));
    SHOW(ioctl(slave, TIOCPKT, &n));
    SHOW(ioctl(slave, TIOCGPKT, &n));
    SHOW(ioctl(slave, TIOCSIG, SIGINT));
    SHOW(ioctl(slave, TIOCGPTPEER, O_RDWR));
    SHOW(ioctl(0, TIOCGPTPEER, O_RDWR));
    write(slave, "hello", 5);
    show_master("master");
}
