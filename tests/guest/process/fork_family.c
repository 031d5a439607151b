// SPDX-License-Identifier: BSD-3-Clause
// fork again and again: children of children, many at once, fork and exec, fork by a vfork child's
// program, what a child has besides memory.
#include <pthread.h>
#include <sys/prctl.h>
#include "children.h"

static int depth_count(int depth) {
    if (depth == 0)
        return 1;
    int sum = 0;
    for (int i = 0; i < 2; ++i) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(depth_count(depth - 1));
        int status;
        waitpid(pid, &status, 0);
        sum += WEXITSTATUS(status);
    }
    return sum;
}

static int order[6], order_count;
static void before(void) {
    order[order_count++] = 1;
}
static void in_parent(void) {
    order[order_count++] = 2;
}
static void in_child(void) {
    order[order_count++] = 3;
}
static void on_signal(int s) {
    (void)s;
}

int main(int argc, char** argv) {
    (void)argv;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1) {  // a program that another has started
        pid_t pid = fork();
        if (pid == 0)
            _exit(3);
        show_end("grandchild", pid);
        return 4;
    }
    printf("leaves %d\n", depth_count(4));

    enum { many = 64 };
    pid_t pids[many];
    int go[2];
    pipe(go);
    int value = 0;
    for (int i = 0; i < many; ++i) {
        value = i;
        pids[i] = fork();
        if (pids[i] == 0) {
            heard(go[0]);
            _exit(value == i ? i : 255);
        }
    }
    value = -1;
    for (int i = 0; i < many; ++i)
        say(go[1], 'x');
    int good = 0;
    for (int i = 0; i < many; ++i) {
        int status;
        waitpid(pids[i], &status, 0);
        good += WIFEXITED(status) && WEXITSTATUS(status) == i;
    }
    printf("%d of %d\n", good, many);

    pid_t pid = fork();
    if (pid == 0) {
        char* arguments[] = {(char*)"self", (char*)"again", NULL};
        execve("/proc/self/exe", arguments, environ);
        _exit(1);
    }
    show_end("fork and exec", pid);
    show_end("spawned", start_self("again", NULL));

    // Signals, masks, pending ones, timers, names
    signal(SIGUSR1, on_signal);
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    raise(SIGUSR2);
    alarm(1000);
    prctl(PR_SET_NAME, "a-name");
    char room[65536];
    stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    sigaltstack(&stack, NULL);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        struct sigaction a;
        sigaction(SIGUSR1, NULL, &a);
        sigset_t blocked, pending;
        sigprocmask(SIG_BLOCK, NULL, &blocked);
        sigpending(&pending);
        char name[20] = "";
        prctl(PR_GET_NAME, name);
        stack_t now;
        sigaltstack(NULL, &now);
        printf("handler %d blocked %d pending %d alarm %u name %s stack %d\n",
               a.sa_handler == on_signal, sigismember(&blocked, SIGUSR2),
               sigismember(&pending, SIGUSR2), alarm(0), name, now.ss_sp == room);
        struct timespec t;
        HOLDS(clock_gettime(CLOCK_MONOTONIC, &t) == 0 && t.tv_sec >= 0);
        char comm[32] = "";
        FILE* file = fopen("/proc/self/comm", "r");
        fgets(comm, sizeof comm, file);
        printf("comm %s", comm);
        fclose(file);
        _exit(0);
    }
    show_end("child", pid);

    pthread_atfork(before, in_parent, in_child);
    pid = fork();
    if (pid == 0)
        _exit(order_count == 2 && order[0] == 1 && order[1] == 3 ? 0 : 1);
    show_end("atfork", pid);
    printf("%d %d%d\n", order_count, order[0], order[1]);
}
