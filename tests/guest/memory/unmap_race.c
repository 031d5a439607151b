// SPDX-License-Identifier: BSD-3-Clause
// Threads use memory that another thread maps and unmaps: each access works or faults, no more.
#include <pthread.h>
#include <report.h>
#include <setjmp.h>
#include <sys/mman.h>

static char* volatile place;
static volatile int stop;
static __thread sigjmp_buf back;

static void handler(int s) {
    (void)s;
    siglongjmp(back, 1);
}

static void* toucher(void* unused) {
    (void)unused;
    volatile long wrong = 0;
    while (!stop) {
        if (sigsetjmp(back, 1))
            continue;
        char* at = place;
        for (int i = 0; i < 16; ++i)
            if (at[i * 4096] != 0 && at[i * 4096] != 1)
                ++wrong;
        at[5 * 4096] = 1;
    }
    return (void*)wrong;
}

int main(void) {
    struct sigaction a = {.sa_handler = handler, .sa_flags = SA_NODEFER};
    sigaction(SIGSEGV, &a, NULL);
    char* base = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    place = base;
    pthread_t t[3];
    for (int i = 0; i < 3; ++i)
        pthread_create(&t[i], NULL, toucher, NULL);
    for (int i = 0; i < 2000; ++i) {
        munmap(base + 4096 * (i % 16), 4096);
        mmap(base, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (i % 7 == 0)
            mprotect(base, 65536, PROT_NONE);
    }
    stop = 1;
    long wrong = 0;
    for (int i = 0; i < 3; ++i) {
        void* w;
        pthread_join(t[i], &w);
        wrong += (long)w;
    }
    printf("wrong %ld\n", wrong);
}
