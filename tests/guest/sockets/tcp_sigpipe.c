// SPDX-License-Identifier: BSD-3-Clause
// SIGPIPE: when it comes, and when not.
#include <tcp.h>

static volatile int pipes;
static void on_pipe(int n) {
    (void)n;
    ++pipes;
}

int main(void) {
    int e[2];
    signal(SIGPIPE, on_pipe);
    tcp_pair(e);
    shutdown(e[0], SHUT_WR);
    SHOW(send(e[0], "x", 1, 0));
    SHOW(pipes);
    SHOW(send(e[0], "x", 1, MSG_NOSIGNAL));
    SHOW(pipes);
    SHOW(write(e[0], "x", 1));
    SHOW(pipes);
    SHOW(write(e[0], "", 0));
    SHOW(pipes);
    return 0;
}
