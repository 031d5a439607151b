// SPDX-License-Identifier: BSD-3-Clause
// The master closes: what the slave finds.
#include <terminal.h>

int main(void) {
    char text[10];
    int n;
    open_pair();
    int second = dup(slave);
    type("line\n");
    sleep_ms(50);
    char name[64];
    strcpy(name, ptsname(master));
    close(master);
    SHOW(read(slave, text, 10));
    SHOW(read(second, text, 10));
    SHOW(write(slave, "x", 1));
    struct pollfd p = {slave, POLLIN | POLLOUT | POLLPRI, 0};
    SHOW(poll(&p, 1, 1000));
    SHOW(p.revents);
    SHOW(tcgetattr(slave, &plain));
    SHOW(ioctl(slave, FIONREAD, &n));
    SHOW(ioctl(slave, TIOCSPGRP, &n));
    SHOW(ioctl(slave, TIOCGPGRP, &n));
    SHOW(ioctl(slave, TIOCGWINSZ, text));
    SHOW(isatty(slave));
    WORKS(open(name, O_RDWR | O_NOCTTY));
    SHOW(access(name, F_OK));
    SHOW(close(slave));
    SHOW(close(second));
}
