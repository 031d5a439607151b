// SPDX-License-Identifier: BSD-3-Clause
// What a child has from its parent through vfork and exec, and what it does not.
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include "children.h"

static void show(void) {
    int value = -1;
    printf(" no_new_privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    prctl(PR_GET_CHILD_SUBREAPER, &value);
    printf(" subreaper %d\n", value);
    prctl(PR_GET_PDEATHSIG, &value);
    printf(" death signal %d\n", value);
    printf(" thp disabled %d\n", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    printf(" keep capabilities %d\n", prctl(PR_GET_KEEPCAPS));
    printf(" timer slack %d\n", prctl(PR_GET_TIMERSLACK));
    char name[20] = "";
    prctl(PR_GET_NAME, name);
    printf(" name %s\n", name);
    printf(" nice %d\n", getpriority(PRIO_PROCESS, 0));
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    printf(" core %ld\n", (long)limit.rlim_cur);
    struct itimerval timer;
    getitimer(ITIMER_REAL, &timer);
    printf(" timer runs %d\n", timer.it_value.tv_sec != 0);
    printf(" umask %o\n", umask(0));
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus);
    printf(" cpus %d\n", CPU_COUNT(&cpus));
    sigset_t pending;
    sigpending(&pending);
    printf(" pending %d\n", sigismember(&pending, SIGUSR1));
    stack_t signal_stack;
    sigaltstack(NULL, &signal_stack);
    printf(" signal stack %d\n", signal_stack.ss_flags != SS_DISABLE);
}

int main(int argc, char** argv) {
    (void)argv;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1) {
        puts("child");
        show();
        return 0;
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    prctl(PR_SET_KEEPCAPS, 1);
    prctl(PR_SET_TIMERSLACK, 123456);
    setpriority(PRIO_PROCESS, 0, 3);
    struct rlimit limit = {4096, 8192};
    setrlimit(RLIMIT_CORE, &limit);
    struct itimerval timer = {.it_value = {1000, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
    umask(027);
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    sched_setaffinity(0, sizeof cpus, &cpus);
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    raise(SIGUSR1);
    static char room[65536];
    stack_t signal_stack = {.ss_sp = room, .ss_size = sizeof room};
    sigaltstack(&signal_stack, NULL);
    prctl(PR_SET_NAME, "parent-name");
    show_end("child", start_self("child", NULL));
    pid_t pid = vfork();
    if (pid == 0) {
        puts("vfork");
        show();
        umask(027);
        _exit(0);
    }
    show_end("vfork", pid);
    umask(027);
    char* arguments[] = {(char*)"self", (char*)"again", NULL};
    execve("/proc/self/exe", arguments, environ);
}
