// SPDX-License-Identifier: BSD-3-Clause
// Barriers, read-write locks, semaphores, once.
#include <pthread.h>
#include <report.h>
#include <semaphore.h>

static pthread_barrier_t b;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t s;
static int ran, serial, phase[2], value, torn;

static void only_once(void) {
    ++ran;
}

static void* worker(void* which) {
    for (int i = 0; i < 200; ++i) {
        pthread_once(&once, only_once);
        if (pthread_barrier_wait(&b) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
        if ((long)which == 0) {
            pthread_rwlock_wrlock(&rw);
            phase[0] = phase[1] = i;
            pthread_rwlock_unlock(&rw);
        } else {
            pthread_rwlock_rdlock(&rw);
            if (phase[0] != phase[1])
                torn = 1;
            pthread_rwlock_unlock(&rw);
        }
        sem_wait(&s);
        ++value;
        sem_post(&s);
    }
    return NULL;
}

int main(void) {
    pthread_t t[4];
    pthread_barrier_init(&b, NULL, 4);
    sem_init(&s, 0, 1);
    for (long i = 0; i < 4; ++i)
        pthread_create(&t[i], NULL, worker, (void*)i);
    for (int i = 0; i < 4; ++i)
        pthread_join(t[i], NULL);
    printf("ran %d serial %d torn %d value %d\n", ran, serial, torn, value);
}
