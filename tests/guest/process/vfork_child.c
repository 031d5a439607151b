// SPDX-License-Identifier: BSD-3-Clause
// What a vfork child shares with its parent and what not: memory yes; descriptors, folder, signal
// actions, mask and umask no. The parent goes on at exec or at the end, however that comes.
#include "children.h"

static volatile int shared;
static int ends[2];

static void on_signal(int s) {
    shared += s;
}

int main(int argc, char** argv) {
    if (argc > 1) {
        heard(atoi(argv[2]));
        return 9;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGUSR1, on_signal);
    int fd = dup(0);
    umask(022);
    chdir("/");
    pid_t self = getpid();
    volatile int child_ok = 0;
    pid_t pid = vfork();
    if (pid == 0) {
        sigset_t mask;
        sigfillset(&mask);
        child_ok = getppid() == self && getpid() != self;
        close(fd);
        chdir("/proc");
        umask(077);
        signal(SIGUSR1, SIG_IGN);
        sigprocmask(SIG_SETMASK, &mask, NULL);
        shared = 1;
        _exit(5);
    }
    show_end("exit", pid);
    printf("shared %d, child saw its parent %d\n", shared, child_ok);
    WORKS(fcntl(fd, F_GETFD));
    char here[64];
    puts(getcwd(here, sizeof here));
    printf("umask %o\n", umask(0));
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    printf("blocked %d\n", sigismember(&mask, SIGUSR2));
    raise(SIGUSR1);
    printf("handler ran %d\n", shared == 1 + SIGUSR1);

    pid = vfork();
    if (pid == 0) {
        raise(SIGKILL);
        _exit(0);
    }
    show_end("kill", pid);

    // After exec both run: the child waits for the parent's byte
    pipe(ends);
    static char number[16];
    sprintf(number, "%d", ends[0]);
    pid = vfork();
    if (pid == 0) {
        char* arguments[] = {(char*)"self", (char*)"wait", number, NULL};
        execve("/proc/self/exe", arguments, environ);
        _exit(1);
    }
    SHOW(waitpid(pid, NULL, WNOHANG));
    say(ends[1], 'x');
    show_end("exec", pid);

    // A failed exec leaves the child where it is
    pid = vfork();
    if (pid == 0) {
        char* arguments[] = {(char*)"self", NULL};
        execve("/missing", arguments, environ);
        shared = errno;
        _exit(4);
    }
    show_end("failed exec", pid);
    printf("error %s\n", strerrorname_np(shared));

    // A signal for the parent waits until the child has released it
    signal(SIGUSR2, on_signal);
    shared = 0;
    pid = vfork();
    if (pid == 0) {
        kill(self, SIGUSR2);
        _exit(shared);
    }
    show_end("signal to the parent", pid);
    printf("handler ran %d\n", shared == SIGUSR2);
}
