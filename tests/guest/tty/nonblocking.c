// SPDX-License-Identifier: BSD-3-Clause
// O_NONBLOCK on both ends, and when poll(2) calls them ready.
#include <terminal.h>

static int events(int fd) {
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    poll(&p, 1, 60);
    return p.revents;
}

int main(void) {
    static char text[200000];
    open_pair();
    fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
    fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
    SHOW(read(slave, text, 10));
    SHOW(read(master, text, 10));
    SHOW(read(slave, text, 0));
    SHOW(events(slave));
    SHOW(events(master));
    type("no line");
    SHOW(events(slave));
    SHOW(events(master) & POLLIN);  // the echo
    type("\n");
    SHOW(events(slave));
    SHOW(read(slave, text, 100));
    SHOW(events(slave));
    read_all(master, text, sizeof text);
    ssize_t n, all = 0;
    memset(text, 'x', sizeof text);
    while ((n = write(slave, text, 5000)) > 0)
        all += n;
    HOLDS(all >= 4096);
    printf("%s\n", strerrorname_np(errno));
    ssize_t read_back = 0;
    while (read_back < all) {
        struct pollfd p = {master, POLLIN, 0};
        poll(&p, 1, 5000);
        if ((n = read(master, text, sizeof text)) <= 0)
            break;
        read_back += n;
    }
    HOLDS(read_back == all);
    SHOW(events(slave));
    set(0, 0, 0, ECHO);
    all = 0;
    memset(text, '\n', sizeof text);
    while ((n = write(master, text, 5000)) > 0)
        all += n;
    HOLDS(all >= 4096);
    printf("%s\n", strerrorname_np(errno));
    read_back = 0;
    while (read_back < all && events(slave) & POLLIN && (n = read(slave, text, 10)) > 0)
        read_back += n;
    HOLDS(read_back == all);
    SHOW(events(master));
}
