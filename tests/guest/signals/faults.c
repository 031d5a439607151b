// SPDX-License-Identifier: BSD-3-Clause
// Faults of the CPU become signals with codes and addresses.
#include <report.h>
#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf back;
static char* expected;

static void handler(int s, siginfo_t* info, void* context) {
    (void)context;
    printf("signal %d code %d address right %d\n", s, info->si_code,
           (char*)info->si_addr == expected);
    siglongjmp(back, 1);
}

int main(void) {
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &a, NULL);
    sigaction(SIGBUS, &a, NULL);
    sigaction(SIGFPE, &a, NULL);
    sigaction(SIGILL, &a, NULL);
    sigaction(SIGTRAP, &a, NULL);
    expected = (char*)0x1000;
    if (!sigsetjmp(back, 1))
        *(volatile char*)expected = 1;
    expected = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!sigsetjmp(back, 1))
        *(volatile char*)expected = 1;
    if (!sigsetjmp(back, 1))
        ((void (*)(void))expected)();
    own_folder();
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    expected = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    if (!sigsetjmp(back, 1))
        printf("%d\n", *(volatile char*)expected);
    puts("division");
    volatile int zero = 0;
    if (!sigsetjmp(back, 1))
        printf("%d\n", 1 / zero);
    puts("undefined instruction");
    if (!sigsetjmp(back, 1))
        __builtin_trap();
    puts("breakpoint");
    if (!sigsetjmp(back, 1))
        __asm__ volatile("int3");
    puts("end");
}
