// SPDX-License-Identifier: BSD-3-Clause
// CLONE_PIDFD by clone and clone3: a descriptor for the child at once.
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include "children.h"

static char stack[65536] __attribute__((aligned(16)));

static int child(void* value) {
    return (int)(intptr_t)value;
}

static void check(const char* name, pid_t pid, int fd) {
    printf("%s: pid %d descriptor %d\n", name, pid > 0, fd >= 0);
    struct pollfd entry = {fd, POLLIN, 0};
    SHOW(poll(&entry, 1, -1));
    siginfo_t info;
    SHOW(waitid(P_PIDFD, (id_t)fd, &info, WEXITED));
    show_child_info(name, &info, pid);
    SHOW(fcntl(fd, F_GETFD));
    close(fd);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    int fd = -1;
    char* top = stack + sizeof stack;
    pid_t pid = clone(child, top, CLONE_VM | CLONE_PIDFD | SIGCHLD, (void*)7, &fd);
    check("clone", pid, fd);
    fd = -1;
    pid = clone(child, top, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, (void*)8, &fd);
    check("vfork", pid, fd);
    int lowest = dup(0);
    close(lowest);
    SHOW(clone(child, top, CLONE_VM | CLONE_PIDFD | SIGCHLD, NULL, BAD));
    SHOW(clone(child, top, CLONE_VM | CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, NULL, &fd));
    struct clone_args a = {.flags = CLONE_VM | CLONE_PIDFD | CLONE_DETACHED};
    SHOW(syscall(SYS_clone3, &a, sizeof a));
    a.flags = 1ULL << 40;
    SHOW(syscall(SYS_clone3, &a, sizeof a));
    a.flags = CLONE_VM;
    a.exit_signal = 65;
    SHOW(syscall(SYS_clone3, &a, sizeof a));
    SHOW(syscall(SYS_clone3, &a, 10));
    SHOW(syscall(SYS_clone3, BAD, sizeof a));
    int next = dup(0);
    printf("nothing left open: %d\n", next == lowest);
    SHOW(waitpid(-1, NULL, __WALL));
}
