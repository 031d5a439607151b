// SPDX-License-Identifier: BSD-3-Clause
// SA_RESTART restarts read(2); without it, EINTR. nanosleep is never restarted after a handler.
#include <pthread.h>
#include <report.h>

static volatile int count, main_tid;
static int p[2];

static void handler(int s) {
    (void)s;
    ++count;
}

static void* poke(void* target) {
    int before = count;
    wait_asleep(&main_tid);
    pthread_kill(*(pthread_t*)target, SIGUSR1);
    wait_change(&count, before);
    wait_asleep(&main_tid);  // in the same read again, or waiting for this thread
    write(p[1], "x", 1);
    return NULL;
}

static void with(int flags) {
    struct sigaction a = {.sa_handler = handler, .sa_flags = flags};
    sigaction(SIGUSR1, &a, NULL);
    pthread_t self = pthread_self(), t;
    char c;
    pthread_create(&t, NULL, poke, &self);
    SHOW(read(p[0], &c, 1));
    pthread_join(t, NULL);
    printf("handled %d\n", count);
}

int main(void) {
    main_tid = gettid();
    pipe(p);
    with(SA_RESTART);
    with(0);
    char c;
    read(p[0], &c, 1);
    struct sigaction a = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &a, NULL);
    pthread_t self = pthread_self(), t;
    pthread_create(&t, NULL, poke, &self);
    struct timespec wanted = {1000, 0}, left = {0, 0};
    SHOW(nanosleep(&wanted, &left));
    HOLDS(left.tv_sec > 0 && left.tv_sec < 1000);
    pthread_join(t, NULL);
}
