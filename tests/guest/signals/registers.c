// SPDX-License-Identifier: BSD-3-Clause
// All registers, vector ones included, survive a handler that uses them.
#include <report.h>
#include <sys/time.h>

static volatile int ticks;

static void handler(int s) {
    (void)s;
    __asm__ volatile("pxor %%xmm0, %%xmm0\n\tpxor %%xmm7, %%xmm7\n\tpxor %%xmm15, %%xmm15" ::
                         : "xmm0", "xmm7", "xmm15");
    ++ticks;
}

int main(void) {
    signal(SIGALRM, handler);
    struct itimerval t = {{0, 2000}, {0, 2000}};
    setitimer(ITIMER_REAL, &t, NULL);
    int bad = 0;
    while (ticks < 100) {
        uint64_t in[2] = {0x0123456789abcdefUL, 0xfedcba9876543210UL}, out[2], general;
        __asm__ volatile(
            "movdqu %[in], %%xmm0\n\tmovdqa %%xmm0, %%xmm7\n\tmovdqa %%xmm7, %%xmm15\n\t"
            "mov $1000, %%r12\n\tmov $0x5555, %%r13\n"
            "1:\tdec %%r12\n\tjnz 1b\n\t"
            "pand %%xmm15, %%xmm7\n\tpand %%xmm7, %%xmm0\n\tmovdqu %%xmm0, %[out]\n\t"
            "mov %%r13, %[general]"
            : [out] "=m"(out), [general] "=m"(general)
            : [in] "m"(in)
            : "r12", "r13", "xmm0", "xmm7", "xmm15", "cc", "memory");
        bad += out[0] != in[0] || out[1] != in[1] || general != 0x5555;
    }
    printf("bad %d\n", bad);
}
