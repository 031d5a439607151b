/* SPDX-License-Identifier: BSD-3-Clause
 * Two threads on one CPU that hand over to each other; one operation is one switch (for pipes and
 * eventfd: one round trip). */
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "measure.h"

static unsigned turn;
static pthread_barrier_t both;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed[2] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};
static void (*play)(long, unsigned);

static void by_futex(long n, unsigned me) {
    while (n-- > 0) {
        while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != me)
            syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
        __atomic_store_n(&turn, !me, __ATOMIC_RELEASE);
        syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static void by_condition(long n, unsigned me) {
    pthread_mutex_lock(&lock);
    while (n-- > 0) {
        while (turn != me)
            pthread_cond_wait(&changed[me], &lock);
        turn = !me;
        pthread_cond_signal(&changed[!me]);
    }
    pthread_mutex_unlock(&lock);
}

static void by_yield(long n, unsigned me) {
    (void)me;
    while (n-- > 0)
        sched_yield();
}

static void* second(void* argument) {
    stay_on(0);
    pthread_barrier_wait(&both);
    play((long)(intptr_t)argument, 1);
    return NULL;
}

static void two_threads(long n) {
    turn = 0;
    pthread_barrier_init(&both, NULL, 2);
    pthread_t other = start(second, (void*)(intptr_t)(n / 2));
    pthread_barrier_wait(&both);
    play(n / 2, 0);
    pthread_join(other, NULL);
}

static struct channel {
    int out, in, poll;
    size_t bytes;
} there, back;

static void send_one(struct channel* c) {
    uint64_t one = 1;
    CHECK(write(c->in, &one, c->bytes) == (ssize_t)c->bytes);
}

static void receive_one(struct channel* c) {
    uint64_t one;
    struct epoll_event event;
    if (c->poll >= 0)
        CHECK(epoll_wait(c->poll, &event, 1, -1) == 1);
    CHECK(read(c->out, &one, c->bytes) == (ssize_t)c->bytes);
}

static void* echo(void* argument) {
    stay_on(0);
    for (long n = (long)(intptr_t)argument; n-- > 0;) {
        receive_one(&there);
        send_one(&back);
    }
    return NULL;
}

static void round_trips(long n) {
    pthread_t other = start(echo, (void*)(intptr_t)n);
    while (n-- > 0) {
        send_one(&there);
        receive_one(&back);
    }
    pthread_join(other, NULL);
}

static void alone(long n) {
    while (n-- > 0) {
        send_one(&there);
        receive_one(&there);
    }
}

static struct channel pipe_channel(void) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    return (struct channel){ends[0], ends[1], -1, 1};
}

/// Both directions of one connected pair of sockets.
static void pair_channels(int type) {
    int ends[2];
    CHECK(socketpair(AF_UNIX, type, 0, ends) == 0);
    there = (struct channel){ends[1], ends[0], -1, 1};
    back = (struct channel){ends[0], ends[1], -1, 1};
}

static struct channel event_channel(int polled) {
    int fd = eventfd(0, 0), poll = -1;
    CHECK(fd >= 0);
    if (polled) {
        struct epoll_event event = {.events = EPOLLIN};
        poll = epoll_create1(0);
        CHECK(poll >= 0 && epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0);
    }
    return (struct channel){fd, fd, poll, 8};
}

int main(void) {
    stay_on(0);
    play = by_futex;
    measure("ctxsw_futex_same", 20000, two_threads);
    play = by_condition;
    measure("ctxsw_cond_same", 20000, two_threads);
    play = by_yield;
    measure("ctxsw_yield", 40000, two_threads);
    there = pipe_channel(), back = pipe_channel();
    measure("pipe_self_write_read", 20000, alone);
    measure("pipe_roundtrip_same", 5000, round_trips);
    pair_channels(SOCK_STREAM);
    measure("socketpair_roundtrip_same", 5000, round_trips);
    pair_channels(SOCK_DGRAM);
    measure("socketpair_dgram_roundtrip_same", 5000, round_trips);
    there = event_channel(0), back = event_channel(0);
    measure("eventfd_roundtrip_same", 5000, round_trips);
    there = event_channel(1), back = event_channel(1);
    measure("epoll_roundtrip_same", 5000, round_trips);
    return 0;
}
