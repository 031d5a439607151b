/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Signals to random threads while they compute, block in calls and hold floating-point state: each
 * real-time signal arrives exactly once and in order, registers survive, blocking calls answer
 * EINTR or their result, nothing else.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include "stress.h"

enum { WORKERS = 4, THREADS = WORKERS + 2 };
static atomic_int worker_tid[WORKERS];
static atomic_ulong sent[WORKERS], seen[WORKERS];
static atomic_int senders = THREADS - WORKERS;
static int pipe_ends[2];

static void on_signal(int number, siginfo_t* info, void* context) {
    (void)number, (void)context;
    int which = info->si_value.sival_int;
    REQUIRE(which >= 0 && which < WORKERS);
    REQUIRE(atomic_load(&worker_tid[which]) == (int)syscall(SYS_gettid));
    volatile double scratch = 1.5 * which;
    scratch *= scratch;
    atomic_fetch_add(&seen[which], 1);
}

static void send(int which) {
    siginfo_t info = {.si_code = SI_QUEUE};
    info.si_pid = getpid();
    info.si_value.sival_int = which;
    int tid = atomic_load(&worker_tid[which]);
    if (!tid)
        return;
    /* counted before, so that seen never overtakes sent */
    atomic_fetch_add(&sent[which], 1);
    while (syscall(SYS_rt_tgsigqueueinfo, getpid(), tid, SIGRTMIN + 2, &info) != 0) {
        REQUIRE(errno == EAGAIN);
        sched_yield();
    }
}

static void compute(void) {
    double x = 1, y = 0;
    uint64_t a = 0x0123456789abcdef, b = 1;
    for (int i = 0; i < 20000; i++) {
        x = x * 1.0000001 + 0.5;
        y += 1 / x;
        a = (a << 7 | a >> 57) + b;
        b ^= a;
    }
    static _Thread_local uint64_t first_a;
    static _Thread_local double first_x, first_y;
    if (first_a == 0)
        first_a = a, first_x = x, first_y = y;
    REQUIRE(a == first_a && x == first_x && y == first_y);
}

static void* worker(void* argument) {
    int me = (int)(intptr_t)argument - 1;
    if (me >= WORKERS) {
        uint32_t random = (uint32_t)me * 65537;
        while (running()) {
            send((int)(next_random(&random) % WORKERS));
            if (next_random(&random) % 8 == 0)
                usleep(next_random(&random) % 500);
        }
        atomic_fetch_sub(&senders, 1);
        return NULL;
    }
    atomic_store(&worker_tid[me], (int)syscall(SYS_gettid));
    for (unsigned round = 0; running(); round++) {
        struct timespec nap = {0, 300000};
        char byte;
        switch (round % 3) {
            case 0:
                compute();
                break;
            case 1:
                REQUIRE(nanosleep(&nap, NULL) == 0 || errno == EINTR);
                break;
            case 2:
                REQUIRE(read(pipe_ends[0], &byte, 1) == -1);
                REQUIRE(errno == EINTR || errno == EAGAIN);
                break;
        }
    }
    /* a sender may be in the midst of sending; what was sent before still arrives */
    while (atomic_load(&senders) > 0)
        usleep(1000);
    for (int i = 0; i < 12000 && atomic_load(&seen[me]) != atomic_load(&sent[me]); i++)
        usleep(5000);
    return NULL;
}

static bool enough(void) {
    for (int i = 0; i < WORKERS; i++)
        if (atomic_load(&seen[i]) <= 5)
            return false;
    return true;
}

int main(int argc, char** argv) {
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    REQUIRE(sigaction(SIGRTMIN + 2, &action, NULL) == 0);
    REQUIRE(pipe2(pipe_ends, O_NONBLOCK) == 0);
    run_threads(argc, argv, THREADS, worker, enough);
    for (int i = 0; i < WORKERS; i++) {
        if (atomic_load(&seen[i]) != atomic_load(&sent[i]))
            FAIL("worker %d: %lu sent, %lu seen", i, atomic_load(&sent[i]), atomic_load(&seen[i]));
    }
    return finish("signal_storm");
}
