// SPDX-License-Identifier: BSD-3-Clause
// futex_waitv: waits for any of several words, private and shared ones.
#include <linux/futex.h>
#include <pthread.h>
#include <report.h>
#include <sys/mman.h>

static volatile int tid;
static uint32_t words[130];
static uint32_t* shared;
static struct futex_waitv vector[130];
static int count = 3;
static long outcome;
static int error;

static long waitv(struct futex_waitv* v, unsigned n, unsigned flags, void* when, int clock) {
    return syscall(SYS_futex_waitv, v, n, flags, when, clock);
}
static long wake(uint32_t* word, int private) {
    return syscall(SYS_futex, word, FUTEX_WAKE | private, 1, NULL, NULL, 0);
}

static void fill(void) {
    for (int i = 0; i < 130; ++i)
        vector[i] = (struct futex_waitv){.val = 0,
                                         .uaddr = (uintptr_t)(i == 1 ? shared : &words[i]),
                                         .flags = FUTEX_32 | (i == 1 ? 0 : FUTEX_PRIVATE_FLAG)};
}

static void* waiter(void* unused) {
    (void)unused;
    tid = gettid();
    outcome = waitv(vector, (unsigned)count, 0, NULL, 0);
    error = errno;
    return NULL;
}

/// Shows what the waiter got.
static void end(pthread_t t) {
    pthread_join(t, NULL);
    printf("waiter: %ld %s\n", outcome, outcome < 0 ? strerrorname_np(error) : "");
}

static void run(uint32_t* word, int private) {
    pthread_t t;
    tid = 0;
    pthread_create(&t, NULL, waiter, NULL);
    wait_asleep(&tid);
    SHOW(wake(word, private));
    end(t);
    SHOW(wake(word, private));  // nobody is left behind
    SHOW(wake(&words[0], FUTEX_PRIVATE_FLAG));
}

static void on_signal(int s) {
    (void)s;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fill();
    run(&words[0], FUTEX_PRIVATE_FLAG);
    run(shared, 0);
    run(&words[2], FUTEX_PRIVATE_FLAG);
    count = 128;
    run(&words[127], FUTEX_PRIVATE_FLAG);
    SHOW(waitv(vector, 129, 0, NULL, 0));
    SHOW(waitv(vector, 0, 0, NULL, 0));
    SHOW(waitv(NULL, 1, 0, NULL, 0));
    SHOW(waitv(vector, 1, 1, NULL, 0));
    SHOW(waitv(BAD, 1, 0, NULL, 0));
    words[2] = 1;
    SHOW(waitv(vector, 3, 0, NULL, 0));  // another value
    words[2] = 0;
    vector[1].flags = 0;
    SHOW(waitv(vector, 3, 0, NULL, 0));
    fill();
    vector[1].__reserved = 1;
    SHOW(waitv(vector, 3, 0, NULL, 0));
    fill();
    vector[1].uaddr += 2;
    SHOW(waitv(vector, 3, 0, NULL, 0));
    fill();
    vector[2].uaddr = (uintptr_t)BAD & ~3UL;
    SHOW(waitv(vector, 3, 0, NULL, 0));
    fill();
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    SHOW(waitv(vector, 3, 0, &now, CLOCK_MONOTONIC));
    now.tv_nsec += 5000000;
    if (now.tv_nsec >= 1000000000)
        ++now.tv_sec, now.tv_nsec -= 1000000000;
    SHOW(waitv(vector, 3, 0, &now, CLOCK_MONOTONIC));
    clock_gettime(CLOCK_REALTIME, &now);
    SHOW(waitv(vector, 3, 0, &now, CLOCK_REALTIME));
    SHOW(waitv(vector, 3, 0, &now, CLOCK_BOOTTIME));
    SHOW(waitv(vector, 3, 0, BAD, CLOCK_REALTIME));
    now.tv_nsec = 1000000000;
    SHOW(waitv(vector, 3, 0, &now, CLOCK_REALTIME));

    // A handler without SA_RESTART ends it, one with it does not
    for (int restart = 0; restart < 2; ++restart) {
        struct sigaction a = {.sa_handler = on_signal, .sa_flags = restart ? SA_RESTART : 0};
        sigaction(SIGUSR1, &a, NULL);
        count = 3;
        pthread_t t;
        tid = 0;
        pthread_create(&t, NULL, waiter, NULL);
        wait_asleep(&tid);
        pthread_kill(t, SIGUSR1);
        if (restart) {
            wait_asleep(&tid);
            SHOW(wake(&words[0], FUTEX_PRIVATE_FLAG));
        }
        end(t);
    }
}
