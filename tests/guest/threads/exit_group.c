// SPDX-License-Identifier: BSD-3-Clause
// exit(3) of one thread ends all, also those that are blocked.
#include <pthread.h>
#include <report.h>

static void* blocked(void* unused) {
    (void)unused;
    int p[2];
    char c;
    pipe(p);
    read(p[0], &c, 1);
    puts("never");
    return NULL;
}

static void* busy(void* unused) {
    (void)unused;
    for (;;)
        ;
    return NULL;
}

static void* leaver(void* unused) {
    (void)unused;
    sleep_ms(20);
    puts("leaving");
    exit(0);
}

int main(void) {
    pthread_t t;
    pthread_create(&t, NULL, blocked, NULL);
    pthread_create(&t, NULL, busy, NULL);
    pthread_create(&t, NULL, leaver, NULL);
    pause();
}
