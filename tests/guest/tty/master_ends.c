// SPDX-License-Identifier: BSD-3-Clause
// The master closes: the session's leader gets SIGHUP and SIGCONT, and loses its terminal.
#include <terminal.h>

static volatile sig_atomic_t hangups, continues;
static void note(int s) {
    s == SIGHUP ? ++hangups : ++continues;
}
static int ready[2];

static void session(void) {
    close(master);
    signal(SIGHUP, note);
    signal(SIGCONT, note);
    write(ready[1], "x", 1);
    while (!hangups || !continues)
        sleep_ms(5);
    SHOW(hangups);
    SHOW(continues);
    WORKS(open("/dev/tty", O_RDWR));
    char c;
    SHOW(read(slave, &c, 1));
    SHOW(write(slave, &c, 1));
    int n;
    SHOW(ioctl(slave, TIOCGPGRP, &n));
}

static void dies(void) {
    close(master);
    write(ready[1], "x", 1);
    for (;;)
        pause();
}

int main(void) {
    char c;
    void (*const works[])(void) = {session, dies};
    for (int i = 0; i < 2; ++i) {
        open_pair();
        pipe(ready);
        pid_t pid = start_session(works[i]);
        read(ready[0], &c, 1);
        close(master);
        show_end("leader", pid);
        close(slave);
    }
}
