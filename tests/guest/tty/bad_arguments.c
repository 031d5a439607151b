// SPDX-License-Identifier: BSD-3-Clause
// Addresses that are not, values that mean nothing, requests of other devices.
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <poll.h>
#include <report.h>

int ioctl(int fd, unsigned long request, ...);
int posix_openpt(int flags);
static const unsigned requests[] = {
    TCGETS,     TCSETS,   TCSETSW,  TCSETSF,    TCGETA,     TCSETA,   TCSETAW,   TCSETAF,
    TIOCGPGRP,  TIOCOUTQ, TIOCSTI,  TIOCGWINSZ, TIOCSWINSZ, FIONREAD, TIOCSETD,  TIOCGETD,
    TIOCGSID,   TCGETS2,  TCSETS2,  TCSETSW2,   TCSETSF2,   TIOCGDEV, TIOCGEXCL, TIOCGPTN,
    TIOCSPTLCK, TIOCPKT,  TIOCGPKT, TIOCGPTLCK, TIOCSIG,
};

int main(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY), line;
    unlockpt(master);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    for (unsigned i = 0; i < sizeof requests / sizeof *requests; ++i) {
        printf("%x\n", requests[i]);
        SHOW(ioctl(slave, requests[i], BAD));
        SHOW(ioctl(master, requests[i], BAD));
    }
    SHOW(ioctl(slave, 0x5415, &line));  // TIOCMGET
    SHOW(ioctl(slave, 0x541e, &line));  // TIOCGSERIAL
    SHOW(ioctl(slave, 0x4b3a, 1));      // KDSETMODE
    SHOW(ioctl(slave, 0x5600, &line));  // VT_OPENQRY
    SHOW(ioctl(slave, 0x1234, &line));
    SHOW(ioctl(master, 0x1234, &line));
    line = 29;
    SHOW(ioctl(slave, 0x5423, &line));  // no such discipline
    line = 99;
    SHOW(ioctl(slave, 0x5423, &line));
    line = 0;
    SHOW(ioctl(slave, 0x5423, &line));
    line = 5;
    SHOW(ioctl(slave, 0x5424, &line));
    SHOW(line);
    SHOW(read(slave, BAD, 0));
    SHOW(write(slave, BAD, 5));
    SHOW(write(master, BAD, 5));
    write(master, "x\n", 2);
    struct pollfd p = {slave, POLLIN, 0};
    poll(&p, 1, 1000);
    SHOW(read(slave, BAD, 5));
    SHOW(read(master, BAD, 2));
}
