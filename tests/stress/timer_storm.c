/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sleeps and timed waits of all kinds and lengths at once: none may return early, and none may
 * forget to return.
 */
#include <poll.h>
#include <sys/timerfd.h>

#include "stress.h"

enum { THREADS = 12 };
static atomic_ulong naps;

static void nap(int flavour, uint64_t ns) {
    uint64_t until = monotonic_ns() + ns;
    struct timespec relative = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    struct timespec absolute = {(time_t)(until / 1000000000), (long)(until % 1000000000)};

    switch (flavour) {
        case 0:
            REQUIRE(nanosleep(&relative, NULL) == 0);
            break;
        case 1:
            REQUIRE(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &absolute, NULL) == 0);
            break;
        case 2:
            REQUIRE(ppoll(NULL, 0, &relative, NULL) == 0);
            break;
        case 3: {
            static _Thread_local pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
            static _Thread_local pthread_cond_t never;
            pthread_condattr_t attributes;
            pthread_condattr_init(&attributes);
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
            pthread_cond_init(&never, &attributes);
            pthread_mutex_lock(&mutex);
            while (pthread_cond_timedwait(&never, &mutex, &absolute) != ETIMEDOUT) {
            }
            pthread_mutex_unlock(&mutex);
            pthread_cond_destroy(&never);
            break;
        }
        case 4: {
            int fd = timerfd_create(CLOCK_MONOTONIC, 0);
            struct itimerspec spec = {.it_value = relative};
            uint64_t fired = 0;
            REQUIRE(fd >= 0 && timerfd_settime(fd, 0, &spec, NULL) == 0);
            REQUIRE(read(fd, &fired, sizeof fired) == sizeof fired && fired == 1);
            close(fd);
            break;
        }
    }
    if (monotonic_ns() < until)
        FAIL("kind %d woke %ld ns early", flavour, (long)(until - monotonic_ns()));
    atomic_fetch_add(&naps, 1);
}

static void* sleeper(void* argument) {
    uint32_t random = (uint32_t)(intptr_t)argument * 104729;
    while (running())
        nap((int)(next_random(&random) % 5), 1000 + next_random(&random) % 4000000);
    return NULL;
}

static bool enough(void) {
    return atomic_load(&naps) > 50;
}

int main(int argc, char** argv) {
    run_threads(argc, argv, THREADS, sleeper, enough);
    return finish("timer_storm");
}
