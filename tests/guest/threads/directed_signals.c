// SPDX-License-Identifier: BSD-3-Clause
// pthread_kill reaches the thread it names; a process signal reaches one that does not block it.
#include <pthread.h>
#include <report.h>

static volatile pthread_t who;
static volatile int count, leave;

static void handler(int s) {
    (void)s;
    who = pthread_self();
    ++count;
}

static void* waiter(void* unused) {
    wait_change(&leave, 0);
    return unused;
}

int main(void) {
    struct sigaction a = {.sa_handler = handler};
    sigaction(SIGUSR1, &a, NULL);
    pthread_t t;
    pthread_create(&t, NULL, waiter, NULL);
    SHOW(pthread_kill(t, SIGUSR1));
    wait_change(&count, 0);
    HOLDS(pthread_equal(who, t));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    who = pthread_self();
    kill(getpid(), SIGUSR1);
    wait_change(&count, 1);
    HOLDS(pthread_equal(who, t));
    leave = 1;
    pthread_join(t, NULL);
    SHOW(pthread_kill(pthread_self(), 0));
}
