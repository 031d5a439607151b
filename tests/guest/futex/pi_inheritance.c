// SPDX-License-Identifier: BSD-3-Clause
// A thread has the priority of the most urgent one that waits for it: through chains of locks,
// through changes, and no longer than that.
#include "priority.h"

enum { links = 4 };
static volatile uint32_t word[links + 1];
static volatile int tid[links + 1], go[links + 1];
static long outcome = -1;

/// Holds word[i] and waits for word[i - 1].
static void* link_of_chain(void* argument) {
    long i = (long)argument;
    lock(&word[i]);
    set_fifo(0, 10 * (int)i);
    tid[i] = gettid();
    lock(&word[i - 1]);
    unlock(&word[i - 1]);
    unlock(&word[i]);
    return NULL;
}

static void show_all(const char* what) {
    printf("%s: main %d", what, effective(gettid()));
    for (int i = 1; i <= links; ++i)
        printf(", %d", effective(tid[i]));
    printf("\n");
}

static void* first(void* unused) {
    (void)unused;
    lock(&word[links]);
    tid[0] = gettid();
    while (!go[0])
        sleep_ms(1);
    printf("own policy %d, priority of the word's owner %d\n", sched_getscheduler(0),
           effective(gettid()));
    unlock(&word[links]);
    printf("afterwards %d\n", effective(gettid()));
    return NULL;
}

static void* wait_for_last(void* argument) {
    set_fifo(0, (int)(long)argument);
    tid[1] = gettid();
    struct timespec soon;
    clock_gettime(CLOCK_MONOTONIC, &soon);
    soon.tv_sec += 60;
    outcome = futex(&word[links], FUTEX_LOCK_PI2_PRIVATE, 0, &soon, NULL, 0);
    unlock(&word[links]);
    return NULL;
}

static void on_signal(int number) {
    (void)number;
}

int main(void) {
    pthread_t t[links + 1];
    lock(&word[0]);
    for (long i = 1; i <= links; ++i) {
        tid[i] = 0;
        pthread_create(&t[i], NULL, link_of_chain, (void*)i);
        wait_asleep(&tid[i]);
        printf("main with %ld: %d\n", i, effective(gettid()));
    }
    show_all("chain");
    set_fifo(tid[links], 77);
    show_all("the last more urgent");
    set_fifo(tid[2], 5);
    show_all("one in the middle less urgent");
    set_fifo(tid[links], 1);
    show_all("the last less urgent");
    set_fifo(tid[3], 0);
    show_all("the third fair");
    printf("own policy %d\n", sched_getscheduler(0));
    // Deadlock: the last of the chain is waited for by nobody yet, and waits for main.
    SHOW(lock(&word[links]));
    show_all("after the deadlock");
    unlock(&word[0]);
    for (int i = 1; i <= links; ++i)
        pthread_join(t[i], NULL);
    printf("main afterwards %d\n", effective(gettid()));

    // Two waiters; the lock goes to the more urgent one first, and a signal does not end the wait.
    struct sigaction a = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &a, NULL);
    memset((void*)tid, 0, sizeof tid);
    pthread_create(&t[0], NULL, first, NULL);
    wait_change(&tid[0], 0);
    pthread_create(&t[1], NULL, wait_for_last, (void*)42);
    wait_asleep(&tid[1]);
    printf("owner inherits %d\n", effective(tid[0]));
    pthread_kill(t[1], SIGUSR1);
    wait_asleep(&tid[1]);
    printf("owner inherits %d\n", effective(tid[0]));
    go[0] = 1;
    pthread_join(t[0], NULL);
    pthread_join(t[1], NULL);
    printf("the waiter got %ld\n", outcome);
}
