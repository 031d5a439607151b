// SPDX-License-Identifier: BSD-3-Clause
// The same in several threads that also fault, under a storm of timers.
#include <pthread.h>
#include <report.h>
#include <sys/mman.h>

static volatile int stop;

__attribute__((noinline)) static long check(volatile char* page) {
    long bad = 0;
    __asm__ volatile(
        "movabs $0x2222222222222222, %%rdx\n\t"
        "mov %%rdx, -8(%%rsp)\n\tmov %%rdx, -64(%%rsp)\n\tmov %%rdx, -128(%%rsp)\n\t"
        "movb $1, (%[page])\n\t"
        "mov $2000, %%rcx\n1:\tdec %%rcx\n\tjnz 1b\n\t"
        "cmp %%rdx, -8(%%rsp)\n\tje 2f\n\tinc %[bad]\n2:\t"
        "cmp %%rdx, -64(%%rsp)\n\tje 3f\n\tinc %[bad]\n3:\t"
        "cmp %%rdx, -128(%%rsp)\n\tje 4f\n\tinc %[bad]\n4:"
        : [bad] "+r"(bad)
        : [page] "r"(page)
        : "rcx", "rdx", "cc", "memory");
    return bad;
}

static void* worker(void* unused) {
    (void)unused;
    long bad = 0;
    while (!stop) {
        char* room =
            mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int i = 0; i < 64; ++i)
            bad += check(room + i * 4096);
        munmap(room, 64 * 4096);
    }
    return (void*)bad;
}

int main(void) {
    pthread_t t[4];
    for (int i = 0; i < 4; ++i)
        pthread_create(&t[i], NULL, worker, NULL);
    for (int i = 0; i < 300; ++i)
        sleep_ms(1);
    stop = 1;
    long bad = 0;
    for (int i = 0; i < 4; ++i) {
        void* b;
        pthread_join(t[i], &b);
        bad += (long)b;
    }
    printf("bad words %ld\n", bad);
}
