// SPDX-License-Identifier: BSD-3-Clause
// Signals against blocked reads, writes and tcdrain.
#include <pthread.h>
#include <terminal.h>

static void nothing(int s) {
    (void)s;
}
static volatile int tid;
static char text[200000];

static void* do_read(void* unused) {
    (void)unused;
    tid = (int)syscall(SYS_gettid);
    ssize_t n = read(slave, text, 10);
    show_bytes("read", text, n);
    return NULL;
}
static volatile int done;
static void* do_write(void* unused) {
    (void)unused;
    tid = (int)syscall(SYS_gettid);
    ssize_t n, all = 0;
    while ((n = write(slave, text, sizeof text)) > 0)
        all += n;
    HOLDS(all > 4000);
    show_bytes("write", text, n);
    done = 1;
    return NULL;
}

static pthread_t start(void* (*what)(void*)) {
    pthread_t t;
    tid = 0;
    pthread_create(&t, NULL, what, NULL);
    wait_asleep(&tid);
    return t;
}

int main(void) {
    struct sigaction a = {.sa_handler = nothing};
    sigaction(SIGUSR1, &a, NULL);
    a.sa_flags = SA_RESTART;
    sigaction(SIGUSR2, &a, NULL);
    open_pair();
    pthread_t t = start(do_read);
    pthread_kill(t, SIGUSR1);
    pthread_join(t, NULL);
    t = start(do_read);
    pthread_kill(t, SIGUSR2);
    sleep_ms(100);
    type("restarted\n");
    pthread_join(t, NULL);
    t = start(do_write);
    for (; !done; sleep_ms(100))  // the first ones end writes that have moved something
        pthread_kill(t, SIGUSR1);
    pthread_join(t, NULL);
    SHOW(tcdrain(slave));  // what the master has not read does not count
}
