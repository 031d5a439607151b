// SPDX-License-Identifier: BSD-3-Clause
// Mutexes and condition variables under contention, robust and error-checking ones.
#include <pthread.h>
#include <report.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, robust;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static long counter;
static int turn;

static void* add(void* unused) {
    (void)unused;
    for (int i = 0; i < 20000; ++i) {
        pthread_mutex_lock(&m);
        ++counter;
        pthread_mutex_unlock(&m);
    }
    return NULL;
}

static void* ping(void* which) {
    for (int i = 0; i < 500; ++i) {
        pthread_mutex_lock(&m);
        while (turn != (int)(long)which)
            pthread_cond_wait(&c, &m);
        turn = !turn;
        pthread_cond_signal(&c);
        pthread_mutex_unlock(&m);
    }
    return NULL;
}

static void* dies_holding(void* unused) {
    (void)unused;
    pthread_mutex_lock(&robust);
    return NULL;
}

int main(void) {
    pthread_t t[4];
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

    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    if (soon.tv_nsec >= 1000000000)
        soon.tv_nsec -= 1000000000, ++soon.tv_sec;
    pthread_mutex_lock(&m);
    printf("%s\n", strerrorname_np(pthread_cond_timedwait(&c, &m, &soon)));
    pthread_mutex_unlock(&m);

    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &a);
    pthread_create(&t[0], NULL, dies_holding, NULL);
    pthread_join(t[0], NULL);
    printf("%s\n", strerrorname_np(pthread_mutex_lock(&robust)));
    SHOW(pthread_mutex_consistent(&robust));
    SHOW(pthread_mutex_unlock(&robust));
    SHOW(pthread_mutex_lock(&robust));
}
