// SPDX-License-Identifier: BSD-3-Clause
// sigaltstack(2): a handler on its own stack, also after the stack overflowed.
#include <report.h>
#include <setjmp.h>

static char room[65536];
static sigjmp_buf back;

static void where(int s) {
    (void)s;
    char here;
    stack_t now;
    sigaltstack(NULL, &now);
    printf("on it %d flag %d\n", &here > room && &here < room + sizeof room, now.ss_flags);
    stack_t other = {.ss_sp = room, .ss_size = sizeof room};
    SHOW(sigaltstack(&other, NULL));
}

static void overflow(int s) {
    (void)s;
    siglongjmp(back, 1);
}

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int deeper(int n) {
    volatile char block[4096];
    block[0] = (char)n;
    return deeper(n + 1) + block[0];
}

int main(void) {
    stack_t s = {.ss_sp = room, .ss_size = sizeof room}, old;
    SHOW(sigaltstack(NULL, &old));
    printf("%d\n", old.ss_flags);
    SHOW(sigaltstack(&s, NULL));
    struct sigaction a = {.sa_handler = where, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &a, NULL);
    raise(SIGUSR1);
    a.sa_handler = overflow;
    sigaction(SIGSEGV, &a, NULL);
    if (!sigsetjmp(back, 1))
        deeper(0);
    puts("survived");
    s.ss_size = 100;
    SHOW(sigaltstack(&s, NULL));
    s.ss_flags = 77;
    SHOW(sigaltstack(&s, NULL));
    s.ss_flags = SS_DISABLE;
    SHOW(sigaltstack(&s, NULL));
    SHOW(sigaltstack(NULL, &old));
    printf("%d\n", old.ss_flags);
}
