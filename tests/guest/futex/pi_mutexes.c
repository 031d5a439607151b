// SPDX-License-Identifier: BSD-3-Clause
// glibc's mutexes and condition variables with PTHREAD_PRIO_INHERIT: under contention, error
// checking, robust, shared with another process.
#include <sys/mman.h>
#include <sys/wait.h>
#include "priority.h"

static pthread_mutex_t m;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static long counter;
static int turn;

static void make(pthread_mutex_t* mutex, int type, int robust, int shared) {
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
    pthread_mutexattr_settype(&a, type);
    pthread_mutexattr_setrobust(&a, robust);
    pthread_mutexattr_setpshared(&a, shared);
    pthread_mutex_init(mutex, &a);
}

static void* add(void* unused) {
    (void)unused;
    for (int i = 0; i < 5000; ++i) {
        pthread_mutex_lock(&m);
        ++counter;
        if (i % 64 == 0)
            sched_yield();
        pthread_mutex_unlock(&m);
    }
    return NULL;
}

static void* ping(void* which) {
    for (int i = 0; i < 300; ++i) {
        pthread_mutex_lock(&m);
        while (turn != (int)(long)which)
            pthread_cond_wait(&c, &m);
        turn = !turn;
        pthread_cond_signal(&c);
        pthread_mutex_unlock(&m);
    }
    return NULL;
}

static void* dies_holding(void* mutex) {
    pthread_mutex_lock(mutex);
    return NULL;
}

static void* waits(void* mutex) {
    int outcome = pthread_mutex_lock(mutex);
    printf("waiter: %s\n", outcome ? strerrorname_np(outcome) : "0");
    if (outcome == EOWNERDEAD)
        pthread_mutex_consistent(mutex);
    if (outcome == 0 || outcome == EOWNERDEAD)
        pthread_mutex_unlock(mutex);
    return NULL;
}

int main(void) {
    pthread_t t[4];
    make(&m, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < 4; ++i)
        pthread_create(&t[i], NULL, add, NULL);
    for (int i = 0; i < 4; ++i)
        pthread_join(t[i], NULL);
    printf("counter %ld\n", counter);
    for (long i = 0; i < 2; ++i)
        pthread_create(&t[i], NULL, ping, (void*)i);
    for (int i = 0; i < 2; ++i)
        pthread_join(t[i], NULL);
    printf("turn %d\n", turn);

    make(&m, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    SHOW(pthread_mutex_unlock(&m));
    SHOW(pthread_mutex_lock(&m));
    printf("%s\n", strerrorname_np(pthread_mutex_lock(&m)));
    printf("%s\n", strerrorname_np(pthread_mutex_trylock(&m)));
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    in_thread(waits, &m + 0 * (pthread_mutex_unlock(&m)));

    make(&m, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE);
    in_thread(dies_holding, &m);
    printf("%s\n", strerrorname_np(pthread_mutex_lock(&m)));
    pthread_create(&t[0], NULL, waits, &m);
    sleep_ms(30);
    SHOW(pthread_mutex_consistent(&m));
    pthread_mutex_unlock(&m);
    pthread_join(t[0], NULL);
    in_thread(dies_holding, &m);
    printf("%s\n", strerrorname_np(pthread_mutex_lock(&m)));
    SHOW(pthread_mutex_unlock(&m));
    printf("%s\n", strerrorname_np(pthread_mutex_lock(&m)));

    // Another process dies with it while this one waits.
    pthread_mutex_t* shared =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    volatile int* locked = (volatile int*)(shared + 1);
    make(shared, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED);
    if (fork() == 0) {
        pthread_mutex_lock(shared);
        *locked = 1;
        sleep_ms(100);
        _exit(0);
    }
    wait_change(locked, 0);
    printf("%s\n", strerrorname_np(pthread_mutex_lock(shared)));
    wait(NULL);
    SHOW(pthread_mutex_consistent(shared));
    SHOW(pthread_mutex_unlock(shared));
    SHOW(pthread_mutex_lock(shared));
}
