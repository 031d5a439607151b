/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The frame of the stress programs: each runs its threads for the seconds given as first argument
 * (default 2), checks its invariants while and after, and ends with "ok: NAME" and exit status 0,
 * or with "FAILED: what" and status 1. Plain Linux programs; threads only, no fork.
 */
#ifndef STRESS_H
#define STRESS_H
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_bool stop_requested;

#define FAIL(...)                                              \
    do {                                                       \
        fprintf(stderr, "FAILED %s:%d: ", __FILE__, __LINE__); \
        fprintf(stderr, __VA_ARGS__);                          \
        fprintf(stderr, " (errno %d)\n", errno);               \
        exit(1);                                               \
    } while (0)
#define REQUIRE(condition)                        \
    do {                                          \
        if (!(condition))                         \
            FAIL("%s does not hold", #condition); \
    } while (0)

static inline bool running(void) {
    return !atomic_load_explicit(&stop_requested, memory_order_relaxed);
}

static inline uint64_t monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A small generator: one per thread, seeded by its number, so that runs repeat. */
static inline uint32_t next_random(uint32_t* state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static inline pthread_t start_thread(void* (*function)(void*), void* argument) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, function, argument);
    if (error) {
        errno = error;
        FAIL("pthread_create");
    }
    return thread;
}

/* Runs `function` in `count` threads, with their numbers as arguments, until the time is over and
 * `enough` work was done, for which a busy machine gets another two minutes. */
static inline void run_threads(int argc, char** argv, int count, void* (*function)(void*),
                               bool (*enough)(void)) {
    double seconds = argc > 1 ? atof(argv[1]) : 2;
    pthread_t threads[64];
    REQUIRE(count <= 64 && seconds > 0);
    for (int i = 0; i < count; i++)
        threads[i] = start_thread(function, (void*)(intptr_t)(i + 1));
    struct timespec pause = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, &pause) == EINTR) {
    }
    for (int i = 0; i < 12000 && !enough(); i++)
        usleep(10000);
    REQUIRE(enough());
    atomic_store(&stop_requested, true);
    for (int i = 0; i < count; i++)
        REQUIRE(pthread_join(threads[i], NULL) == 0);
}

static inline int finish(const char* name) {
    printf("ok: %s\n", name);
    return 0;
}
#endif
