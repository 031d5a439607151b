/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Many more threads than CPUs that do little but yield and change their affinity, beside two that
 * compute: everybody makes progress, and a thread runs only where it may.
 */
#include <sched.h>

#include "stress.h"

enum { THREADS = 16 };
static atomic_ulong turns[THREADS];

static void* turn(void* argument) {
    int me = (int)(intptr_t)argument - 1;
    uint32_t random = (uint32_t)me * 2654435761u + 1;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    while (running()) {
        if (me < 2) {
            for (volatile int i = 0; i < 2000; i++) {
            }
        } else if (next_random(&random) % 64 == 0) {
            int cpu = (int)(next_random(&random) % (uint32_t)cpus);
            cpu_set_t only;
            CPU_ZERO(&only);
            CPU_SET(cpu, &only);
            REQUIRE(sched_setaffinity(0, sizeof only, &only) == 0);
            REQUIRE(sched_getcpu() == cpu);
        } else {
            sched_yield();
        }
        atomic_fetch_add_explicit(&turns[me], 1, memory_order_relaxed);
    }
    return NULL;
}

/* Nobody starves: every thread has turns. */
static bool enough(void) {
    for (int i = 0; i < THREADS; i++)
        if (atomic_load(&turns[i]) < 5)
            return false;
    return true;
}

int main(int argc, char** argv) {
    run_threads(argc, argv, THREADS, turn, enough);
    return finish("yield_storm");
}
