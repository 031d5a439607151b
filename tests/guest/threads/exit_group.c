// SPDX-License-Identifier: BSD-3-Clause
// exit(3) of one thread ends all, also those that are blocked.
#include <pthread.h>
#include <report.h>

static volatile int blocked_tid, main_tid, busy_now;

static void* blocked(void* unused) {
    (void)unused;
    int p[2];
    char c;
    pipe(p);
    blocked_tid = gettid();
    read(p[0], &c, 1);
    puts("never");
    return NULL;
}

static void* busy(void* unused) {
    (void)unused;
    for (;;)
        busy_now = 1;
    return NULL;
}

static void* leaver(void* unused) {
    (void)unused;
    wait_asleep(&blocked_tid);
    wait_asleep(&main_tid);
    wait_change(&busy_now, 0);
    puts("leaving");
    exit(0);
}

int main(void) {
    pthread_t t;
    main_tid = gettid();
    pthread_create(&t, NULL, blocked, NULL);
    pthread_create(&t, NULL, busy, NULL);
    pthread_create(&t, NULL, leaver, NULL);
    pause();
}
