// SPDX-License-Identifier: BSD-3-Clause
// Two threads of one CPU sleep until the same moment, then each computes until the other has run:
// the second one woken must get the CPU although the first never gives it up. (The kernel once
// queued it without a timer tick when both woke an idle CPU at once.)
#include <pthread.h>
#include <report.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum { ROUNDS = 20 };
static struct timespec moment;
static pthread_barrier_t together;
static atomic_int arrived;

static void* sleeper(void* unused) {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    sched_setaffinity(0, sizeof first, &first);
    for (int round = 1; round <= ROUNDS; ++round) {
        if (pthread_barrier_wait(&together) == PTHREAD_BARRIER_SERIAL_THREAD) {
            clock_gettime(CLOCK_MONOTONIC, &moment);
            moment.tv_nsec += 20000000;
            if (moment.tv_nsec >= 1000000000)
                ++moment.tv_sec, moment.tv_nsec -= 1000000000;
        }
        pthread_barrier_wait(&together);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, NULL);
        atomic_fetch_add(&arrived, 1);
        while (atomic_load(&arrived) < 2 * round) {
        }
    }
    return unused;
}

int main(void) {
    pthread_t threads[2];
    pthread_barrier_init(&together, NULL, 2);
    for (int i = 0; i < 2; ++i)
        pthread_create(&threads[i], NULL, sleeper, NULL);
    for (int i = 0; i < 2; ++i)
        pthread_join(threads[i], NULL);
    printf("rounds %d\n", atomic_load(&arrived) / 2);
}
