// SPDX-License-Identifier: BSD-3-Clause
// Closing a descriptor does not disturb a read under way.
#include <pthread.h>
#include <report.h>

static int p[2];
static volatile int reader_tid;
static long got;
static char text[10];

static void* reader(void* unused) {
    reader_tid = gettid();
    got = read(p[0], text, sizeof text);
    return unused;
}

int main(void) {
    pipe(p);
    pthread_t t;
    pthread_create(&t, NULL, reader, NULL);
    wait_asleep(&reader_tid);
    SHOW(close(p[0]));
    SHOW(write(p[1], "data", 4));
    pthread_join(t, NULL);
    printf("read %ld %s\n", got, text);
    signal(SIGPIPE, SIG_IGN);
    SHOW(write(p[1], "data", 4));
}
