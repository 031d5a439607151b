// SPDX-License-Identifier: BSD-3-Clause
// A terminal that another session has, and TIOCSCTTY with 1.
#include <terminal.h>

static int ready[2];

static void holder(void) {
    write(ready[1], "x", 1);
    sleep_ms(10000);
}

static void thief(void) {
    int n;
    SHOW(ioctl(slave, TIOCSCTTY, 0));  // start_session has tried, too
    WORKS(open("/dev/tty", O_RDWR));
    SHOW(ioctl(slave, TIOCSCTTY, 1));
    WORKS(open("/dev/tty", O_RDWR));
    SHOW(ioctl(slave, TIOCGSID, &n));
    HOLDS(n == getpid());
}

int main(void) {
    char c;
    open_pair();
    pipe(ready);
    pid_t first = start_session(holder);
    read(ready[0], &c, 1);
    show_end("thief", start_session(thief));
    kill(first, SIGTERM);
    show_end("holder", first);
}
