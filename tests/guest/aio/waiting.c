// SPDX-License-Identifier: BSD-3-Clause
// io_getevents waits: for events of another thread, until a signal, until the time is over.
#include <poll.h>
#include <pthread.h>

#include "aio.h"

static aio_context_t context;
static int ends[2];
static volatile int waiter;

static void nothing(int number) {
    (void)number;
}

static void* write_later(void* unused) {
    wait_asleep(&waiter);
    write(ends[1], "x", 1);
    return unused;
}
static void* signal_later(void* thread) {
    wait_asleep(&waiter);
    pthread_kill(*(pthread_t*)thread, SIGUSR1);
    return NULL;
}

int main(void) {
    struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    io_setup(8, &context);
    pipe(ends);
    struct iocb r = make_iocb(IOCB_CMD_POLL, ends[0], (void*)POLLIN, 0, 0), *list[] = {&r};
    struct io_event event;
    SHOW(io_submit(context, 1, list));
    pthread_t helper, self = pthread_self();
    waiter = gettid();
    pthread_create(&helper, NULL, write_later, NULL);
    SHOW(io_getevents(context, 1, 1, &event, NULL));
    pthread_join(helper, NULL);
    pthread_create(&helper, NULL, signal_later, &self);
    SHOW(io_getevents(context, 1, 1, &event, NULL));
    pthread_join(helper, NULL);
    struct timespec soon = {0, 20000000};
    int64_t before = now_ns();
    SHOW(io_getevents(context, 1, 1, &event, &soon));
    HOLDS(now_ns() - before >= 20000000);
    // With a mask of its own the signal waits until after the call.
    sigset_t all;
    sigfillset(&all);
    struct {
        const sigset_t* set;
        size_t size;
    } mask = {&all, 8};
    SHOW(syscall(SYS_io_pgetevents, context, 0L, 1L, &event, &soon, &mask));
    mask.size = 4;
    SHOW(syscall(SYS_io_pgetevents, context, 0L, 1L, &event, &soon, &mask));
    SHOW(syscall(SYS_io_pgetevents, context, 0L, 1L, &event, &soon, BAD));
}
