/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The frame of the micro benchmarks. Each operation runs its body in a few rounds of a fixed count
 * between two marks; the marks are long NOPs that cost nothing and that the counting plugin
 * (../plugin/marks.c) knows, so the same binary is measured on Linux and on Osprey alike without
 * the guest kernel taking part. One line "op NAME COUNT" follows each round's regions.
 *
 * Environment: BENCH_ONLY=PREFIX runs only operations whose name begins so; BENCH_SCALE=N divides
 * the counts; BENCH_APART=1 puts the other thread of network round trips on the second CPU;
 * BENCH_COUNT=SYSTEM/EVENT lets Osprey's kernel count an event meanwhile (docs/tracing.md).
 */
#ifndef MEASURE_H
#define MEASURE_H
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 5 };

#define MARK(n) __asm__ volatile("nopl 0x4d524b0" #n "(%%rax,%%rax,1)" ::: "memory")

#define CHECK(condition)                                                                         \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno)); \
            exit(1);                                                                             \
        }                                                                                        \
    } while (0)

static inline void stay_on(int cpu) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(cpu, &only);
    CHECK(sched_setaffinity(0, sizeof only, &only) == 0);
}

static inline void stay_on_other(void) {
    stay_on(getenv("BENCH_APART") ? 1 : 0);
}

static inline pthread_t start(void* (*function)(void*), void* argument) {
    pthread_t thread;
    errno = pthread_create(&thread, NULL, function, argument);
    CHECK(errno == 0);
    return thread;
}

static inline void count_event(const char* event) {
    char path[128];
    snprintf(path, sizeof path, "/sys/kernel/tracing/events/%s/count", event);
    FILE* file = fopen(path, "w");
    CHECK(file && fputs("1", file) > 0 && fclose(file) == 0);
}

static inline void measure(const char* name, long count, void (*body)(long)) {
    const char* only = getenv("BENCH_ONLY");
    const char* scale = getenv("BENCH_SCALE");

    if (only && strncmp(name, only, strlen(only)) != 0)
        return;
    if (getenv("BENCH_COUNT"))
        count_event(getenv("BENCH_COUNT"));
    count = count / (scale ? atol(scale) : 1) + 1;
    body(count / 10 + 1); /* warm */
    for (int i = 0; i < ROUNDS; i++) {
        MARK(1);
        body(count);
        MARK(2);
    }
    printf("op %s %ld\n", name, count);
    fflush(stdout);
}
#endif
