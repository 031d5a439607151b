// SPDX-License-Identifier: BSD-3-Clause
// tcflush, tcdrain, tcsendbreak, TIOCOUTQ.
#include <terminal.h>

int main(void) {
    int n = -1;
    open_pair();
    type("line\nhalf");
    sleep_ms(50);
    show_master("echo");
    SHOW(tcflush(slave, TCIFLUSH));
    show_read("flushed", 100);
    type("\n");
    show_read("what was typed since", 100);
    show_master("echo");
    type("again\n");
    sleep_ms(50);
    SHOW(tcflush(slave, TCIOFLUSH));
    show_read("flushed", 100);
    type("kept\n");
    sleep_ms(50);
    SHOW(tcflush(slave, TCOFLUSH));
    show_read("only output", 100);
    SHOW(tcflush(slave, 3));
    SHOW(tcflush(slave, -1));
    show_master("out");
    write(slave, "unread", 6);
    sleep_ms(50);
    SHOW(ioctl(slave, TIOCOUTQ, &n));
    SHOW(n);
    SHOW(ioctl(master, FIONREAD, &n));
    SHOW(n);
    SHOW(tcdrain(slave));
    SHOW(tcsendbreak(slave, 0));
    SHOW(ioctl(slave, TCSBRKP, 1));
    SHOW(ioctl(slave, TIOCSBRK));
    SHOW(ioctl(slave, TIOCCBRK));
    SHOW(tcflush(master, TCIFLUSH));
    show_master("flushed by the master");
}
