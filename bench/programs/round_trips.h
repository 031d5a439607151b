/* SPDX-License-Identifier: BSD-3-Clause
 * One byte there and back between `ends`: by one thread alone, and by two. */
#pragma once

#include <sys/socket.h>

#include "measure.h"

static int ends[2];

static void alone(long n) {
    char c = 'x';
    while (n-- > 0) {
        CHECK(send(ends[0], &c, 1, 0) == 1);
        CHECK(recv(ends[1], &c, 1, 0) == 1);
        CHECK(send(ends[1], &c, 1, 0) == 1);
        CHECK(recv(ends[0], &c, 1, 0) == 1);
    }
}

static void* answer(void* count) {
    char c;
    stay_on_other();
    for (long n = *(long*)count; n-- > 0;) {
        CHECK(recv(ends[1], &c, 1, 0) == 1);
        CHECK(send(ends[1], &c, 1, 0) == 1);
    }
    return NULL;
}

static void two_threads(long n) {
    char c = 'x';
    long count = n;
    pthread_t other = start(answer, &count);
    while (n-- > 0) {
        CHECK(send(ends[0], &c, 1, 0) == 1);
        CHECK(recv(ends[0], &c, 1, 0) == 1);
    }
    pthread_join(other, NULL);
}
