// SPDX-License-Identifier: BSD-3-Clause
// What a filter can do with a call, and which of several filters counts.
#include <pthread.h>
#include <ucontext.h>
#include "filter.h"

static void errors(void) {
    SHOW(INSTALL(0, LOAD(nr), IF_EQUAL(SYS_getppid, SECCOMP_RET_ERRNO | EXDEV),
                 IF_EQUAL(SYS_getpgrp, SECCOMP_RET_ERRNO | 0),
                 IF_EQUAL(SYS_getsid, SECCOMP_RET_ERRNO | 0xffff),
                 IF_EQUAL(SYS_sched_yield, SECCOMP_RET_TRACE),
                 IF_EQUAL(SYS_getuid, SECCOMP_RET_LOG), RETURN(SECCOMP_RET_ALLOW)));
    show_status();
    SHOW(syscall(SYS_getppid));
    SHOW(syscall(SYS_getpgrp));
    errno = 0;
    long outcome = syscall(SYS_getsid, 0);
    printf("largest error: %ld %d\n", outcome, errno);
    SHOW(syscall(SYS_sched_yield));
    WORKS(syscall(SYS_getuid));
    WORKS(getpid());
    // The strictest of two counts; of equals, the newer one.
    SHOW(INSTALL(0, LOAD(nr), IF_EQUAL(SYS_getppid, SECCOMP_RET_ERRNO | EDOM),
                 IF_EQUAL(SYS_getpgrp, SECCOMP_RET_ALLOW), RETURN(SECCOMP_RET_ALLOW)));
    SHOW(syscall(SYS_getppid));
    SHOW(syscall(SYS_getpgrp));
    SHOW(prctl(PR_GET_SECCOMP));
    show_status();
}

static volatile siginfo_t seen;
static volatile long rax;
static void on_trap(int number, siginfo_t* info, void* context) {
    (void)number;
    seen = *info;
    rax = ((ucontext_t*)context)->uc_mcontext.gregs[REG_RAX];
    ((ucontext_t*)context)->uc_mcontext.gregs[REG_RAX] = 4711;
}

static void traps(void) {
    struct sigaction a = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &a, NULL);
    SHOW(INSTALL(0, LOAD(nr), IF_EQUAL(SYS_getppid, SECCOMP_RET_TRAP | 123),
                 RETURN(SECCOMP_RET_ALLOW)));
    SHOW(syscall(SYS_getppid));
    printf("signal %d code %d errno %d call %d arch %x rax %d\n", seen.si_signo, seen.si_code,
           seen.si_errno, seen.si_syscall, seen.si_arch, rax == SYS_getppid);
    HOLDS(seen.si_call_addr != NULL);
    signal(SIGSYS, SIG_IGN);
    fflush(stdout);
    syscall(SYS_getppid);
}

static void kills_process(void) {
    INSTALL(0, LOAD(nr), IF_EQUAL(SYS_getppid, SECCOMP_RET_KILL_PROCESS),
            RETURN(SECCOMP_RET_ALLOW));
    syscall(SYS_getppid);
}
static void kills_thread(void) {
    INSTALL(0, LOAD(nr), IF_EQUAL(SYS_getppid, SECCOMP_RET_KILL_THREAD), RETURN(SECCOMP_RET_ALLOW));
    syscall(SYS_getppid);
}
static void* calls(void* unused) {
    (void)unused;
    syscall(SYS_getppid);
    puts("not reached");
    return NULL;
}
static void kills_one_of_two(void) {
    pthread_t t;
    INSTALL(0, LOAD(nr), IF_EQUAL(SYS_getppid, SECCOMP_RET_KILL_THREAD), RETURN(SECCOMP_RET_ALLOW));
    pthread_create(&t, NULL, calls, NULL);
    pthread_join(t, NULL);
    puts("the other goes on");
}
static void strict(void) {
    SHOW(prctl(PR_GET_SECCOMP));
    fflush(stdout);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    write(1, "strict\n", 7);
    syscall(SYS_exit, 5);
}
static void strict_and_calls(void) {
    seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL);
    getppid();
}
static void unknown_action(void) {
    INSTALL(0, LOAD(nr), IF_EQUAL(SYS_getppid, 0x00010000), RETURN(SECCOMP_RET_ALLOW));
    syscall(SYS_getppid);
}

int main(void) {
    allow_filters();
    SHOW(prctl(PR_GET_SECCOMP));
    show_status();
    in_child("errors", errors);
    in_child("traps", traps);
    in_child("kills the process", kills_process);
    in_child("kills the thread", kills_thread);
    in_child("kills one of two", kills_one_of_two);
    in_child("strict", strict);
    in_child("strict, and calls", strict_and_calls);
    in_child("unknown action", unknown_action);
}
