// SPDX-License-Identifier: BSD-3-Clause
// Filters of threads, of children and of programs that are executed; SECCOMP_FILTER_FLAG_TSYNC.
#include <pthread.h>
#include "filter.h"

static pthread_barrier_t barrier;
static volatile int tid;

static void* other(void* unused) {
    (void)unused;
    tid = gettid();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    WORKS(syscall(SYS_getppid));
    show_status();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    SHOW(syscall(SYS_getppid));
    SHOW(INSTALL(0, LOAD(nr), IF_EQUAL(SYS_getpgrp, SECCOMP_RET_ERRNO | EPERM),
                 RETURN(SECCOMP_RET_ALLOW)));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return NULL;
}

static void child(void) {
    SHOW(syscall(SYS_getppid));
    show_status();
    fflush(stdout);
    execl("/proc/self/exe", "threads", "executed", NULL);
}

int main(int count, char** arguments) {
    if (count > 1) {
        printf("%s\n", arguments[1]);
        SHOW(syscall(SYS_getppid));
        show_status();
        return 0;
    }
    allow_filters();
    pthread_t t;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&t, NULL, other, NULL);
    pthread_barrier_wait(&barrier);
    // Of this thread only
    SHOW(INSTALL(0, LOAD(nr), IF_EQUAL(SYS_getsid, SECCOMP_RET_ERRNO | EXDEV),
                 RETURN(SECCOMP_RET_ALLOW)));
    SHOW(syscall(SYS_getsid, 0));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    // Of all
    SHOW(INSTALL(SECCOMP_FILTER_FLAG_TSYNC, LOAD(nr),
                 IF_EQUAL(SYS_getppid, SECCOMP_RET_ERRNO | EDOM), RETURN(SECCOMP_RET_ALLOW)));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    // The other has one of its own now: its number is the answer.
    HOLDS(INSTALL(SECCOMP_FILTER_FLAG_TSYNC, RETURN(SECCOMP_RET_ALLOW)) == tid);
    SHOW(INSTALL(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
                 RETURN(SECCOMP_RET_ALLOW)));
    show_status();
    pthread_barrier_wait(&barrier);
    pthread_join(t, NULL);
    in_child("child", child);
}
