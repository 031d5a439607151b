// SPDX-License-Identifier: BSD-3-Clause
// A blocked reader gets what a writer brings; a blocked writer goes on when there is room.
#include <pthread.h>
#include <report.h>

static int p[2];
static volatile int main_tid;

static void* feed(void* unused) {
    (void)unused;
    wait_asleep(&main_tid);
    write(p[1], "first", 5);
    wait_asleep(&main_tid);
    write(p[1], "second", 6);
    close(p[1]);
    return NULL;
}

static void* drain(void* unused) {
    (void)unused;
    static char block[10000];
    long total = 0;
    wait_asleep(&main_tid);
    for (long n; (n = read(p[0], block, sizeof block)) > 0;)
        total += n;
    return (void*)total;
}

int main(void) {
    pthread_t t;
    char text[100];
    main_tid = gettid();
    pipe(p);
    pthread_create(&t, NULL, feed, NULL);
    SHOW(read(p[0], text, 5));
    SHOW(read(p[0], text, 100));
    SHOW(read(p[0], text, 100));
    pthread_join(t, NULL);
    close(p[0]);

    pipe(p);
    pthread_create(&t, NULL, drain, NULL);
    static char block[300000];
    SHOW(write(p[1], block, sizeof block));
    close(p[1]);
    void* total;
    pthread_join(t, &total);
    printf("drained %ld\n", (long)total);
}
