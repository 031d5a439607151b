/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What an interrupt, a signal or a system call may not touch: the 128 bytes below the stack
 * pointer of a leaf function, the general registers, the flags (the direction flag, too), the
 * vector registers and their rounding mode. Threads keep patterns there while a timer of their own
 * interrupts them every 100 us with a signal whose handler uses all of it.
 */
#include <cpuid.h>
#include <signal.h>
#include <sys/syscall.h>

#include "stress.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { THREADS = 4, STORM_NS = 100000, SPINS = 3000 };
static atomic_ulong signals_seen, rounds_done;

/* Each function waits `spins` rounds with its patterns in place, makes a system call or not, and
 * returns how many patterns changed. They call nothing: the compiler cannot put anything between.
 */
long red_zone_keeps(long spins, long call);
long registers_keep(long spins);
long registers_keep_in_call(void);
long sse_keeps(long spins, long call, const void* patterns);
long avx_keeps(long spins, long call, const void* patterns);

__asm__(
    ".text\n"
    /* rdi: spins, rsi: call or not. Words 1 to 16 below rsp hold multiples of 0x1111… */
    "red_zone_keeps:\n"
    "    movabs $0x0123456789abcdef, %rdx\n"
    "    mov $16, %rcx\n"
    "1:  mov %rcx, %rax\n"
    "    neg %rax\n"
    "    mov %rcx, %r8\n"
    "    imul %rdx, %r8\n"
    "    mov %r8, (%rsp,%rax,8)\n"
    "    dec %rcx\n"
    "    jnz 1b\n"
    "2:  dec %rdi\n"
    "    jnz 2b\n"
    "    test %rsi, %rsi\n"
    "    jz 3f\n"
    "    mov $39, %eax\n" /* getpid */
    "    syscall\n"
    "3:  mov $16, %rcx\n"
    "    xor %r9d, %r9d\n"
    "4:  mov %rcx, %rax\n"
    "    neg %rax\n"
    "    mov %rcx, %r8\n"
    "    imul %rdx, %r8\n"
    "    cmp %r8, (%rsp,%rax,8)\n"
    "    je 5f\n"
    "    inc %r9\n"
    "5:  dec %rcx\n"
    "    jnz 4b\n"
    "    mov %r9, %rax\n"
    "    ret\n"

    ".macro keep_callee\n"
    "    push %rbx\n    push %rbp\n    push %r12\n    push %r13\n    push %r14\n    push %r15\n"
    ".endm\n"
    ".macro give_callee\n"
    "    pop %r15\n    pop %r14\n    pop %r13\n    pop %r12\n    pop %rbp\n    pop %rbx\n"
    ".endm\n"
    ".macro set_patterns\n"
    "    mov $0x1b1b1b01, %rbx\n    mov $0x2d2d2d02, %rdx\n    mov $0x35353503, %rsi\n"
    "    mov $0x4d4d4d04, %rdi\n    mov $0x5b5b5b05, %rbp\n    mov $0x68686808, %r8\n"
    "    mov $0x69696909, %r9\n    mov $0x6a6a6a0a, %r10\n    mov $0x6c6c6c0c, %r12\n"
    "    mov $0x6d6d6d0d, %r13\n    mov $0x6e6e6e0e, %r14\n    mov $0x6f6f6f0f, %r15\n"
    ".endm\n"
    /* flags in rax, number of differences in rcx */
    ".macro differ reg, value\n"
    "    cmp $\\value, \\reg\n    je 9f\n    inc %rcx\n9:\n"
    ".endm\n"
    ".macro count_patterns\n"
    "    xor %ecx, %ecx\n"
    "    differ %rbx, 0x1b1b1b01\n    differ %rdx, 0x2d2d2d02\n    differ %rsi, 0x35353503\n"
    "    differ %rdi, 0x4d4d4d04\n    differ %rbp, 0x5b5b5b05\n    differ %r8, 0x68686808\n"
    "    differ %r9, 0x69696909\n    differ %r10, 0x6a6a6a0a\n    differ %r12, 0x6c6c6c0c\n"
    "    differ %r13, 0x6d6d6d0d\n    differ %r14, 0x6e6e6e0e\n    differ %r15, 0x6f6f6f0f\n"
    ".endm\n"

    /* All registers and carry, parity, adjust, zero, sign, direction, overflow, over an
     * interruptible wait that changes only rcx. */
    "registers_keep:\n"
    "    keep_callee\n"
    "    mov %rdi, %rcx\n"
    "    set_patterns\n"
    "    mov $0x6b6b6b0b, %r11\n"
    "    pushfq\n"
    "    orq $0xcd5, (%rsp)\n"
    "    popfq\n"
    "    mov $0x70707000, %rax\n"
    "1:  lea -1(%rcx), %rcx\n"
    "    jrcxz 2f\n"
    "    jmp 1b\n"
    "2:  pushfq\n"
    "    cld\n"
    "    count_patterns\n"
    "    differ %rax, 0x70707000\n"
    "    differ %r11, 0x6b6b6b0b\n"
    "    pop %rax\n"
    "    and $0xcd5, %eax\n"
    "    differ %rax, 0xcd5\n"
    "    mov %rcx, %rax\n"
    "    give_callee\n"
    "    ret\n"

    /* A system call changes rax, rcx and r11 only. */
    "registers_keep_in_call:\n"
    "    keep_callee\n"
    "    set_patterns\n"
    "    pushfq\n"
    "    orq $0x8d5, (%rsp)\n"
    "    popfq\n"
    "    mov $39, %eax\n"
    "    syscall\n"
    "    pushfq\n"
    "    count_patterns\n"
    "    pop %rax\n"
    "    and $0xcd5, %eax\n"
    "    differ %rax, 0x8d5\n"
    "    mov %rcx, %rax\n"
    "    give_callee\n"
    "    ret\n"

    /* rdi: spins, rsi: call or not, rdx: 16 patterns of 32 bytes. Rounding is set to "up". */
    ".macro wait_and_call\n"
    "    sub $24, %rsp\n    stmxcsr (%rsp)\n    movl $0x5f80, 4(%rsp)\n    ldmxcsr 4(%rsp)\n"
    "7:  dec %rdi\n    jnz 7b\n"
    "    test %rsi, %rsi\n    jz 8f\n    mov $39, %eax\n    syscall\n"
    "8:  xor %r9d, %r9d\n    stmxcsr 4(%rsp)\n    mov 4(%rsp), %eax\n"
    "    and $0xffc0, %eax\n    cmp $0x5f80, %eax\n    je 9f\n    inc %r9\n"
    "9:  ldmxcsr (%rsp)\n    add $24, %rsp\n"
    ".endm\n"
    ".macro all_sixteen name\n"
    "    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
    "    \\name \\n\n"
    "    .endr\n"
    ".endm\n"
    ".macro load_sse n\n    movdqu 32*\\n(%rdx), %xmm\\n\n.endm\n"
    ".macro test_sse n\n"
    "    movdqu 32*\\n(%rdx), %xmm15\n    pcmpeqb %xmm15, %xmm\\n\n    pmovmskb %xmm\\n, %eax\n"
    "    cmp $0xffff, %eax\n    je 9f\n    inc %r9\n9:\n"
    ".endm\n"
    ".macro load_avx n\n    vmovdqu 32*\\n(%rdx), %ymm\\n\n.endm\n"
    /* in halves: comparing 32 bytes of integers takes AVX2 */
    ".macro test_avx n\n"
    "    vextractf128 $1, %ymm\\n, %xmm14\n    vpcmpeqb 32*\\n+16(%rdx), %xmm14, %xmm14\n"
    "    vpmovmskb %xmm14, %eax\n    cmp $0xffff, %eax\n    je 9f\n    inc %r9\n"
    "9:  vpcmpeqb 32*\\n(%rdx), %xmm\\n, %xmm14\n"
    "    vpmovmskb %xmm14, %eax\n    cmp $0xffff, %eax\n    je 9f\n    inc %r9\n9:\n"
    ".endm\n"
    ".macro without_scratch name\n"
    "    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13\n"
    "    \\name \\n\n"
    "    .endr\n"
    ".endm\n"
    "sse_keeps:\n"
    "    all_sixteen load_sse\n"
    "    wait_and_call\n"
    "    without_scratch test_sse\n"
    "    mov %r9, %rax\n"
    "    ret\n"
    "avx_keeps:\n"
    "    all_sixteen load_avx\n"
    "    wait_and_call\n"
    "    without_scratch test_avx\n"
    "    vzeroupper\n"
    "    mov %r9, %rax\n"
    "    ret\n");

/* Leaves nothing as it was; the return from the signal has to put it back. */
static void handler(int number) {
    static const uint32_t nearest = 0x1f80;
    (void)number;
    __asm__ volatile(
        "pxor %%xmm0, %%xmm0\n\tmovdqa %%xmm0, %%xmm1\n\tmovdqa %%xmm0, %%xmm2\n\t"
        "movdqa %%xmm0, %%xmm3\n\tmovdqa %%xmm0, %%xmm4\n\tmovdqa %%xmm0, %%xmm5\n\t"
        "movdqa %%xmm0, %%xmm6\n\tmovdqa %%xmm0, %%xmm7\n\tmovdqa %%xmm0, %%xmm8\n\t"
        "movdqa %%xmm0, %%xmm9\n\tmovdqa %%xmm0, %%xmm10\n\tmovdqa %%xmm0, %%xmm11\n\t"
        "movdqa %%xmm0, %%xmm12\n\tmovdqa %%xmm0, %%xmm13\n\tldmxcsr %0\n\tfninit"
        :
        : "m"(nearest)
        : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
          "xmm11", "xmm12", "xmm13", "memory");
    atomic_fetch_add_explicit(&signals_seen, 1, memory_order_relaxed);
}

static bool has_avx(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_AVX) && (c & bit_OSXSAVE);
}

static void* keeper(void* argument) {
    uint64_t patterns[16 * 4];
    uint32_t random = (uint32_t)(intptr_t)argument * 7919;
    const bool avx = has_avx();
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
    struct itimerspec storm = {{0, STORM_NS}, {0, STORM_NS}};
    timer_t timer;

    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    REQUIRE(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    REQUIRE(timer_settime(timer, 0, &storm, NULL) == 0);
    while (running()) {
        for (int i = 0; i < 64; i++)
            patterns[i] = (uint64_t)next_random(&random) << 32 | next_random(&random);
        for (int call = 0; call < 2; call++) {
            long bad = red_zone_keeps(SPINS, call);
            if (bad)
                FAIL("%ld words of the red zone changed (call %d)", bad, call);
            bad = sse_keeps(SPINS, call, patterns);
            if (bad)
                FAIL("%ld SSE registers changed (call %d)", bad, call);
            bad = avx ? avx_keeps(SPINS, call, patterns) : 0;
            if (bad)
                FAIL("%ld halves of AVX registers changed (call %d)", bad, call);
        }
        long bad = registers_keep(SPINS);
        if (bad)
            FAIL("%ld registers or flags changed", bad);
        bad = registers_keep_in_call();
        if (bad)
            FAIL("%ld registers or flags changed in a system call", bad);
        atomic_fetch_add_explicit(&rounds_done, 1, memory_order_relaxed);
    }
    REQUIRE(timer_delete(timer) == 0);
    return NULL;
}

static bool enough(void) {
    return atomic_load(&rounds_done) > 10 && atomic_load(&signals_seen) > 100;
}

int main(int argc, char** argv) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    REQUIRE(sigaction(SIGRTMIN, &action, NULL) == 0);
    run_threads(argc, argv, THREADS, keeper, enough);
    return finish("entry_storm");
}
