// SPDX-License-Identifier: BSD-3-Clause
// Full queues: who does not read stops who writes, and lets him go on.
#include <tcp.h>

int main(void) {
    static char b[65536];
    int e[2];
    tcp_pair(e);
    fcntl(e[0], F_SETFL, O_NONBLOCK);
    long sent = 0, got = 0;
    ssize_t n;
    while ((n = send(e[0], b, sizeof b, 0)) > 0)
        sent += n;
    HOLDS(n == -1 && errno == EAGAIN);
    HOLDS(sent > 50000);
    show_poll("full", e[0]);
    shutdown(e[0], SHUT_WR);
    while ((n = recv(e[1], b, sizeof b, 0)) > 0)
        got += n;
    SHOW(n);
    HOLDS(got == sent);
    close(e[0]);
    close(e[1]);
    tcp_pair(e);
    fcntl(e[0], F_SETFL, O_NONBLOCK);
    while (send(e[0], b, sizeof b, 0) > 0)
        ;
    show_poll("full", e[0]);
    fcntl(e[1], F_SETFL, O_NONBLOCK);
    for (int quiet = 0; quiet < 20; usleep(5000), ++quiet)
        while (recv(e[1], b, sizeof b, 0) > 0)
            quiet = 0;
    show_poll("read empty", e[0]);
    return 0;
}
