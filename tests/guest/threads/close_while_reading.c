// SPDX-License-Identifier: BSD-3-Clause
// Closing a descriptor does not disturb a read under way.
#include <pthread.h>
#include <report.h>

static int p[2];

static void* reader(void* unused) {
    (void)unused;
    char text[10] = "";
    long n = read(p[0], text, sizeof text);
    printf("read %ld %s\n", n, text);
    return NULL;
}

int main(void) {
    pipe(p);
    pthread_t t;
    pthread_create(&t, NULL, reader, NULL);
    sleep_ms(50);
    SHOW(close(p[0]));
    SHOW(write(p[1], "data", 4));
    pthread_join(t, NULL);
    signal(SIGPIPE, SIG_IGN);
    SHOW(write(p[1], "data", 4));
}
