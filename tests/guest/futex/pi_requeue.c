// SPDX-License-Identifier: BSD-3-Clause
// FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: a condition variable whose waiters move to the
// lock without waking up.
#include "priority.h"

static volatile uint32_t condition, mutex, elsewhere;
static volatile int tid[4], order;
static long outcomes[4];

static void* waiter(void* argument) {
    long i = (long)argument;
    if (i)
        set_fifo(0, 10 * (int)i);
    tid[i] = gettid();
    outcomes[i] = futex(&condition, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, NULL, &mutex, 0);
    if (outcomes[i] != 0) {
        outcomes[i] = -errno;
        return NULL;
    }
    printf("%ld is number %d\n", i, order++);
    show_word("the lock", mutex & ~FUTEX_WAITERS);
    unlock(&mutex);
    return NULL;
}

static void start(pthread_t* t, int from, int to) {
    for (long i = from; i < to; ++i) {
        tid[i] = 0;
        pthread_create(&t[i], NULL, waiter, (void*)i);
        wait_asleep(&tid[i]);
    }
}

static void* waits_plainly(void* unused) {
    (void)unused;
    tid[0] = gettid();
    SHOW(futex(&condition, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    return NULL;
}

static void on_signal(int number) {
    (void)number;
}

static void* late(void* target) {
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    when.tv_nsec += 30000000;
    if (when.tv_nsec >= 1000000000)
        when.tv_nsec -= 1000000000, ++when.tv_sec;
    tid[0] = gettid();
    SHOW(futex(&condition, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, &when, target, 0));
    return NULL;
}

int main(void) {
    pthread_t t[4];
    // Held by main: all move, and get it by urgency.
    lock(&mutex);
    start(t, 0, 4);
    SHOW(futex(&condition, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void*)1, &mutex, 0));
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)1, &elsewhere, 0));
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)0, &mutex, 0));
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)9, &mutex, 0));
    printf("main inherits %d\n", effective(gettid()));
    show_word("the lock", mutex);
    long handed_over = unlock(&mutex);
    for (int i = 0; i < 4; ++i)
        pthread_join(t[i], NULL);
    printf("handed over %ld\n", handed_over);

    // Free: the first becomes the owner at once.
    order = 0;
    start(t, 0, 1);
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)9, &mutex, 0));
    pthread_join(t[0], NULL);
    show_word("the lock", mutex);

    // A plain waiter may not be moved to a lock.
    tid[0] = 0;
    pthread_create(&t[0], NULL, waits_plainly, NULL);
    wait_asleep(&tid[0]);
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)9, &mutex, 0));
    SHOW(futex(&condition, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    pthread_join(t[0], NULL);

    // Time-outs, before and after the move; a signal after it.
    in_thread(late, (void*)&mutex);
    lock(&mutex);
    tid[0] = 0;
    pthread_create(&t[0], NULL, late, (void*)&mutex);
    wait_change(&tid[0], 0);
    while (futex(&condition, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)9, &mutex, 0) == 0)
        ;
    pthread_join(t[0], NULL);
    struct sigaction a = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &a, NULL);
    start(t, 1, 2);
    pthread_kill(t[1], SIGUSR1);
    wait_asleep(&tid[1]);
    SHOW(futex(&condition, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)9, &mutex, 0));
    pthread_kill(t[1], SIGUSR1);
    pthread_join(t[1], NULL);
    printf("%s\n", strerrorname_np((int)-outcomes[1]));
    SHOW(unlock(&mutex));
    show_word("the lock", mutex);
}
