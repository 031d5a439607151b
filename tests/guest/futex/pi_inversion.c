// SPDX-License-Identifier: BSD-3-Clause
// Priority inversion: on one CPU, a thread in the middle keeps the holder of a mutex away for ever,
// unless the holder inherits the priority of who waits for it. With glibc's mutexes.
#include "priority.h"

static pthread_mutex_t m;
static volatile int low_holds, high_done, tid;
static volatile long turns;

static void on_one_cpu(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static void* low(void* unused) {
    (void)unused;
    on_one_cpu();
    set_fifo(0, 10);
    pthread_mutex_lock(&m);
    low_holds = 1;
    // Long enough that the others come, measured in its own CPU time.
    struct timespec t;
    do {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        ++turns;
    } while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < 100);
    pthread_mutex_unlock(&m);
    return NULL;
}
static void* middle(void* unused) {
    (void)unused;
    on_one_cpu();
    set_fifo(0, 20);
    int64_t end = now_ns() + 20000000000;
    while (!high_done && now_ns() < end)
        ;
    printf("the middle %s\n", high_done ? "was overtaken" : "kept the CPU");
    return NULL;
}
static void* high(void* unused) {
    (void)unused;
    on_one_cpu();
    set_fifo(0, 30);
    printf("%s\n", pthread_mutex_lock(&m) == 0 ? "locked" : "not locked");
    high_done = 1;
    pthread_mutex_unlock(&m);
    return NULL;
}

int main(void) {
    set_fifo(0, 50);
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    SHOW(pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT));
    SHOW(pthread_mutex_init(&m, &a));
    pthread_t t[3];
    pthread_create(&t[0], NULL, low, NULL);
    wait_change(&low_holds, 0);
    pthread_create(&t[2], NULL, high, NULL);
    pthread_create(&t[1], NULL, middle, NULL);
    for (int i = 0; i < 3; ++i)
        pthread_join(t[i], NULL);
}
