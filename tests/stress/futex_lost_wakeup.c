/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pairs of threads hand a token to and fro by futex, with every kind of wait; a lost wake-up shows
 * as a wait that times out although the token has moved on.
 */
#include <linux/futex.h>
#include <sys/syscall.h>

#include "stress.h"

enum { PAIRS = 4 };
static struct {
    _Alignas(64) atomic_uint turn;
    atomic_ulong passes;
} pairs[PAIRS];

static long futex(atomic_uint* word, int operation, unsigned value, const struct timespec* timeout,
                  unsigned mask) {
    return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, timeout, NULL, mask);
}

static void* side(void* argument) {
    int me = (int)(intptr_t)argument - 1;
    unsigned mine = me & 1;
    atomic_uint* turn = &pairs[me / 2].turn;
    uint32_t random = (uint32_t)me + 99;

    while (running()) {
        unsigned seen;
        while ((seen = atomic_load(turn)) % 2 != mine) {
            struct timespec limit = {30, 0};
            int flavour = next_random(&random) % 3;
            long r;
            if (!running())
                return NULL;
            if (flavour == 0) {
                r = futex(turn, FUTEX_WAIT, seen, &limit, 0);
            } else if (flavour == 1) {
                clock_gettime(CLOCK_MONOTONIC, &limit);
                limit.tv_sec += 30;
                r = futex(turn, FUTEX_WAIT_BITSET, seen, &limit, 1u << mine);
            } else {
                clock_gettime(CLOCK_REALTIME, &limit);
                limit.tv_sec += 30;
                r = futex(turn, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, seen, &limit, ~0u);
            }
            if (r < 0 && errno == ETIMEDOUT && atomic_load(turn) != seen)
                FAIL("pair %d lost a wake-up", me / 2);
            REQUIRE(r == 0 || errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT);
        }
        atomic_fetch_add(turn, 1);
        atomic_fetch_add(&pairs[me / 2].passes, 1);
        REQUIRE(futex(turn, FUTEX_WAKE_BITSET, 1, NULL, 1u << !mine) >= 0);
    }
    /* the partner may wait for a turn that will not come */
    atomic_fetch_add(turn, 1);
    futex(turn, FUTEX_WAKE, 1, NULL, 0);
    return NULL;
}

static bool enough(void) {
    for (int i = 0; i < PAIRS; i++)
        if (atomic_load(&pairs[i].passes) <= 10)
            return false;
    return true;
}

int main(int argc, char** argv) {
    run_threads(argc, argv, 2 * PAIRS, side, enough);
    return finish("futex_lost_wakeup");
}
