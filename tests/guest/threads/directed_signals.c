// SPDX-License-Identifier: BSD-3-Clause
// pthread_kill reaches the thread it names; a process signal reaches one that does not block it.
#include <pthread.h>
#include <report.h>

static volatile pthread_t who;

static void handler(int s) {
    (void)s;
    who = pthread_self();
}

static void* waiter(void* unused) {
    (void)unused;
    sleep_ms(200);
    return NULL;
}

int main(void) {
    struct sigaction a = {.sa_handler = handler};
    sigaction(SIGUSR1, &a, NULL);
    pthread_t t;
    pthread_create(&t, NULL, waiter, NULL);
    SHOW(pthread_kill(t, SIGUSR1));
    sleep_ms(50);
    HOLDS(pthread_equal(who, t));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    who = pthread_self();
    kill(getpid(), SIGUSR1);
    sleep_ms(50);
    HOLDS(pthread_equal(who, t));
    pthread_join(t, NULL);
    SHOW(pthread_kill(pthread_self(), 0));
}
