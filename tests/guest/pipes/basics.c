// SPDX-License-Identifier: BSD-3-Clause
// pipe(2): order, end of file, EPIPE, EAGAIN, capacity.
#include <report.h>

int main(void) {
    int p[2];
    char text[70000];
    SHOW(pipe2(p, O_NONBLOCK));
    SHOW(read(p[0], text, 10));
    SHOW(write(p[1], "abc", 3));
    SHOW(write(p[1], "def", 3));
    SHOW(read(p[0], text, 4));
    SHOW(read(p[0], text, 10));
    SHOW(write(p[0], "x", 1));
    SHOW(read(p[1], text, 1));
    memset(text, 'y', sizeof text);
    SHOW(fcntl(p[0], F_GETPIPE_SZ));
    SHOW(write(p[1], text, sizeof text));
    SHOW(write(p[1], text, 1));
    SHOW(read(p[0], text, 4096));
    SHOW(write(p[1], text, 4096));
    SHOW(write(p[1], text, 1));
    SHOW(fcntl(p[1], F_SETPIPE_SZ, 4096));
    while (read(p[0], text, sizeof text) > 0)
        ;
    SHOW(fcntl(p[1], F_SETPIPE_SZ, 4096));
    SHOW(write(p[1], text, sizeof text));
    SHOW(write(p[1], "last", 4));
    close(p[1]);
    SHOW(read(p[0], text, sizeof text));
    SHOW(read(p[0], text, sizeof text));
    close(p[0]);
    SHOW(pipe2(p, 0x10000000));
    SHOW(pipe(BAD));
}
