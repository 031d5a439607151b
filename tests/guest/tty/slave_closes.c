// SPDX-License-Identifier: BSD-3-Clause
// The last slave closes: what the master finds, and what a slave opened later.
#include <terminal.h>

static int events(void) {
    struct pollfd p = {master, POLLIN | POLLOUT, 0};
    poll(&p, 1, 50);
    return p.revents;
}

int main(void) {
    char text[100];
    master = posix_openpt(O_RDWR | O_NOCTTY);
    unlockpt(master);
    SHOW(events());  // never opened
    type("early\n");
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    show_read("typed before it was opened", 100);
    int second = dup(slave), third = open(ptsname(master), O_RDWR | O_NOCTTY);
    write(slave, "last words", 10);
    close(slave);
    close(second);
    SHOW(events());
    close(third);
    SHOW(events());
    show_master("drained");
    show_bytes("then", text, read(master, text, sizeof text));
    SHOW(events());
    SHOW(write(master, "still\n", 6));
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    SHOW(events() & ~POLLIN);
    show_read("typed meanwhile", 100);
    show_master("echo");
    fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
    SHOW(read(master, text, 10));
}
