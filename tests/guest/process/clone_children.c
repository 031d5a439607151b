// SPDX-License-Identifier: BSD-3-Clause
// Children of clone that share memory: exit signals, __WCLONE, __WALL, __WNOTHREAD, CLONE_PARENT.
#include <pthread.h>
#include <sched.h>
#include "children.h"

static char stack[4][65536] __attribute__((aligned(16)));
static volatile int shared, seen_parent;

static int child(void* value) {
    shared += 1;
    seen_parent = getppid();
    return (int)(intptr_t)value;
}

static pid_t make(int place, int flags, int value) {
    return clone(child, stack[place] + sizeof stack[place], flags, (void*)(intptr_t)value);
}

static void* other_thread(void* pid) {
    SHOW(waitpid(*(pid_t*)pid, NULL, __WNOTHREAD | WNOHANG));
    return NULL;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    int status = -1;
    pid_t pid = make(0, CLONE_VM | SIGCHLD, 1);
    show_end("SIGCHLD", pid);
    printf("shared %d, parent %d\n", shared, seen_parent == getpid());

    pid = make(0, CLONE_VM, 2);  // sends nothing
    SHOW(waitpid(pid, &status, 0));
    HOLDS(waitpid(pid, &status, __WCLONE) == pid);
    show_status("__WCLONE", status);
    pid = make(0, CLONE_VM, 3);
    HOLDS(waitpid(-1, &status, __WALL) == pid);
    show_status("__WALL", status);

    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    pid = make(0, CLONE_VM | SIGUSR1, 4);
    siginfo_t info;
    SHOW(sigwaitinfo(&mask, &info));
    printf("code %d status %d child %d\n", info.si_code, info.si_status, info.si_pid == pid);
    SHOW(waitpid(pid, &status, 0));
    HOLDS(waitpid(pid, &status, __WALL) == pid);

    pid = make(0, CLONE_VM | CLONE_VFORK | SIGCHLD, 5);
    printf("vfork: shared %d\n", shared);
    pthread_t t;
    pthread_create(&t, NULL, other_thread, &pid);
    pthread_join(t, NULL);
    HOLDS(waitpid(pid, &status, __WNOTHREAD) == pid);
    show_status("__WNOTHREAD", status);

    // The child's child is a sibling of it
    SHOW(waitpid(-1, NULL, __WALL));
    SHOW(clone(child, stack[1] + sizeof stack[1], CLONE_THREAD, NULL));
    SHOW(clone(child, stack[1] + sizeof stack[1], CLONE_SIGHAND, NULL));
    SHOW(clone(NULL, stack[1], CLONE_VM, NULL));
}
