// SPDX-License-Identifier: BSD-3-Clause
// A leaf function keeps data below its stack pointer, where no interrupt may write.
#include <report.h>
#include <sys/time.h>

static volatile long ticks;

static void handler(int s) {
    (void)s;
    ++ticks;
}

/// Fills the 128 bytes of the red zone, waits, and counts words that changed.
__attribute__((noinline)) static long check(long rounds) {
    long bad = 0;
    __asm__ volatile(
        "mov $16, %%rcx\n"
        "1:\tmov %%rcx, %%rax\n\tneg %%rax\n\tmovabs $0x1111111111111111, %%rdx\n\t"
        "imul %%rcx, %%rdx\n\tmov %%rdx, (%%rsp,%%rax,8)\n\tdec %%rcx\n\tjnz 1b\n"
        "2:\tdec %[rounds]\n\tjnz 2b\n\t"
        "mov $16, %%rcx\n"
        "3:\tmov %%rcx, %%rax\n\tneg %%rax\n\tmovabs $0x1111111111111111, %%rdx\n\t"
        "imul %%rcx, %%rdx\n\tcmp %%rdx, (%%rsp,%%rax,8)\n\tje 4f\n\tinc %[bad]\n"
        "4:\tdec %%rcx\n\tjnz 3b"
        : [bad] "+r"(bad), [rounds] "+r"(rounds)
        :
        : "rax", "rcx", "rdx", "cc", "memory");
    return bad;
}

int main(void) {
    signal(SIGALRM, handler);
    struct itimerval t = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &t, NULL);
    long bad = 0;
    while (ticks < 200)
        bad += check(20000);
    printf("bad words %ld\n", bad);
}
