// SPDX-License-Identifier: BSD-3-Clause
// posix_spawn attributes: groups, sessions, masks, default signals, scheduling, identities.
#include <sched.h>
#include "children.h"

static int child(int parent_group) {
    printf(" leads its group %d, its session %d, in the parent's group %d\n", getpgrp() == getpid(),
           getsid(0) == getpid(), getpgrp() == parent_group);
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    struct sigaction hup, usr1, usr2;
    sigaction(SIGHUP, NULL, &hup);
    sigaction(SIGUSR1, NULL, &usr1);
    sigaction(SIGUSR2, NULL, &usr2);
    printf(" blocked: usr1 %d term %d; ignored: hup %d usr2 %d, usr1 default %d\n",
           sigismember(&mask, SIGUSR1), sigismember(&mask, SIGTERM), hup.sa_handler == SIG_IGN,
           usr2.sa_handler == SIG_IGN, usr1.sa_handler == SIG_DFL);
    struct sched_param how = {0};
    sched_getparam(0, &how);
    printf(" policy %d priority %d\n", sched_getscheduler(0), how.sched_priority);
    return 0;
}

static void on_signal(int s) {
    (void)s;
}

static void run(const char* name, posix_spawnattr_t* attributes) {
    char group[16];
    sprintf(group, "%d", getpgrp());
    char* arguments[] = {(char*)"self", group, NULL};
    pid_t pid;
    printf("%s\n", name);
    int failed = posix_spawn(&pid, "/proc/self/exe", NULL, attributes, arguments, environ);
    if (failed)
        printf(" %s\n", strerrorname_np(failed));
    else
        show_end(" end", pid);
}

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1)
        return child(atoi(argv[1]));
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);
    signal(SIGUSR1, on_signal);
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, NULL);

    posix_spawnattr_t a;
    posix_spawnattr_init(&a);
    run("nothing", &a);
    posix_spawnattr_setflags(&a, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&a, 0);
    run("own group", &a);
    posix_spawnattr_setpgroup(&a, 999999);
    run("a group that is not there", &a);
    posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSID);
    run("own session", &a);
    sigset_t other;
    sigemptyset(&other);
    sigaddset(&other, SIGTERM);
    posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&a, &other);
    run("mask", &a);
    sigset_t reset;
    sigemptyset(&reset);
    sigaddset(&reset, SIGHUP);
    posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigdefault(&a, &reset);
    run("default signals", &a);
    struct sched_param how = {3};
    posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSCHEDULER);
    posix_spawnattr_setschedpolicy(&a, SCHED_RR);
    posix_spawnattr_setschedparam(&a, &how);
    run("round robin", &a);
    how.sched_priority = 200;
    posix_spawnattr_setschedparam(&a, &how);
    run("a priority that is not there", &a);
    posix_spawnattr_setflags(&a, POSIX_SPAWN_RESETIDS | POSIX_SPAWN_USEVFORK);
    run("identities", &a);
    SHOW(waitpid(-1, NULL, 0));
}
