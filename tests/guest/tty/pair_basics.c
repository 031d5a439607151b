// SPDX-License-Identifier: BSD-3-Clause
// A fresh pair: what it is called, how it is set, that words pass both ways.
#include <terminal.h>

int main(void) {
    int number = -1, locked = -1;
    master = posix_openpt(O_RDWR | O_NOCTTY);
    WORKS(master);
    SHOW(ioctl(master, TIOCGPTN, &number));
    SHOW(ioctl(master, TIOCGPTLCK, &locked));
    SHOW(locked);
    char name[64];
    snprintf(name, sizeof name, "/dev/pts/%d", number);
    HOLDS(strcmp(name, ptsname(master)) == 0);
    WORKS(open(name, O_RDWR | O_NOCTTY));  // locked
    SHOW(grantpt(master));
    SHOW(unlockpt(master));
    SHOW(ioctl(master, TIOCGPTLCK, &locked));
    SHOW(locked);
    slave = open(name, O_RDWR | O_NOCTTY);
    WORKS(slave);
    SHOW(isatty(slave));
    SHOW(isatty(master));
    HOLDS(strcmp(ttyname(slave), name) == 0);
    struct termios t;
    for (int fd = 0; fd < 2; ++fd) {
        SHOW(tcgetattr(fd ? master : slave, &t));
        printf("%x %x %x %x line %d\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag, t.c_line);
        for (int i = 0; i < 19; ++i)
            printf("%d ", t.c_cc[i]);
        puts("");
        SHOW(cfgetospeed(&t) == B38400);
    }
    write(slave, "to the master\n", 14);
    show_master("master reads");
    type("to the slave\r");
    show_read("slave reads", 100);
    show_master("echo");
    struct stat s;
    fstat(slave, &s);
    HOLDS(S_ISCHR(s.st_mode));
    HOLDS(s.st_rdev == (dev_t)(136 << 8 | number));
    SHOW(lseek(slave, 0, SEEK_SET));
    SHOW(lseek(master, 0, SEEK_SET));
    char byte;
    SHOW(pread(slave, &byte, 1, 0));
}
