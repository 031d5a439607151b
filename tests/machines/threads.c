// SPDX-License-Identifier: BSD-3-Clause
// Threads that hand a token around and look at the clocks: time must never step back, on whatever
// CPU it is read, and each thread must keep its own vector registers. Prints what it saw.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { thread_count = 4, rounds = 10000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long long latest[2];  // under the lock, as two clocks
static atomic_int steps_back;
static long done;

typedef double vector __attribute__((vector_size(32)));

/// Depends on every step: a register that another thread has changed shows at the end.
static vector step(vector v) {
    const vector grow = {1.0000001, 1.0000002, 1.0000003, 1.0000004};
    return v * grow + 1.0;
}

static long long now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void* work(void* result) {
    vector v = {1, 2, 3, 4};
    for (int i = 0; i < rounds; i++) {
        pthread_mutex_lock(&lock);
        const clockid_t clocks[2] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW};
        for (int c = 0; c < 2; c++) {
            const long long t = now(clocks[c]);
            if (t < latest[c])
                steps_back++;
            latest[c] = t;
        }
        done++;
        pthread_mutex_unlock(&lock);
        v = step(v);
        if (i % 1000 == 0)
            usleep(1000);
    }
    *(vector*)result = v;
    return NULL;
}

int main(void) {
    pthread_t threads[thread_count];
    vector results[thread_count], alone = {1, 2, 3, 4};
    int same = 1;
    const long long start = now(CLOCK_MONOTONIC);
    for (int i = 0; i < thread_count; i++)
        pthread_create(&threads[i], NULL, work, &results[i]);
    for (int i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < rounds; i++)
        alone = step(alone);
    for (int i = 0; i < thread_count; i++)
        for (int n = 0; n < 4; n++)
            same &= results[i][n] == alone[n];
    struct timespec pause = {0, 20000000};
    const long long before = now(CLOCK_MONOTONIC);
    nanosleep(&pause, NULL);
    const int slept = now(CLOCK_MONOTONIC) - before >= 20000000;
    printf("%d threads, %ld rounds\n", thread_count, done);
    printf("monotonic: %s (%d steps back)\n", steps_back ? "no" : "yes", steps_back);
    printf("vector registers kept: %s\n", same ? "yes" : "no");
    printf("slept at least as long as asked: %s\n", slept ? "yes" : "no");
    printf("time runs: %s\n", now(CLOCK_MONOTONIC) > start ? "yes" : "no");
    return steps_back || !slept || !same;
}
