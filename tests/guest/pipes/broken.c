// SPDX-License-Identifier: BSD-3-Clause
// Writing without readers: EPIPE, and SIGPIPE to the writing thread.
#include <report.h>

static volatile int caught;

static void handler(int s) {
    caught = s;
}

int main(void) {
    int p[2];
    pipe(p);
    close(p[0]);
    signal(SIGPIPE, handler);
    SHOW(write(p[1], "x", 1));
    printf("caught %d\n", caught == SIGPIPE);
    signal(SIGPIPE, SIG_IGN);
    SHOW(write(p[1], "x", 1));
    SHOW(write(p[1], "x", 0));
}
