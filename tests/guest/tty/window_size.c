// SPDX-License-Identifier: BSD-3-Clause
// Window sizes, and SIGWINCH for the foreground when they change.
#include <terminal.h>

static volatile int changes;
static void changed(int s) {
    (void)s;
    ++changes;
}

static void show(int fd) {
    struct winsize w;
    SHOW(ioctl(fd, TIOCGWINSZ, &w));
    printf("%d %d %d %d\n", w.ws_row, w.ws_col, w.ws_xpixel, w.ws_ypixel);
}

static void session(void) {
    signal(SIGWINCH, changed);
    struct winsize w = {30, 90, 0, 0};
    SHOW(ioctl(master, TIOCSWINSZ, &w));
    SHOW(changes);
    SHOW(ioctl(slave, TIOCSWINSZ, &w));  // as it was
    SHOW(changes);
    w.ws_ypixel = 4;
    SHOW(ioctl(slave, TIOCSWINSZ, &w));
    SHOW(changes);
}

int main(void) {
    open_pair();
    show(slave);
    struct winsize w = {25, 132, 7, 9};
    SHOW(ioctl(slave, TIOCSWINSZ, &w));
    show(master);
    show_end("session", start_session(session));
    show(slave);
    SHOW(ioctl(slave, TIOCGWINSZ, BAD));
    SHOW(ioctl(slave, TIOCSWINSZ, BAD));
}
