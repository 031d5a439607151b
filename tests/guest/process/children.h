// SPDX-License-Identifier: BSD-3-Clause
// Children of conformance programs: the same program again, told by its first argument what to do.
#pragma once

#include <report.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

/// Starts this program with `what` (and `more`, which may be null) as arguments.
static inline pid_t start_self(const char* what, const char* more) {
    char* arguments[] = {(char*)"self", (char*)what, (char*)more, NULL};
    pid_t pid;
    int failed = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ);
    if (failed) {
        printf("no child: %s\n", strerrorname_np(failed));
        exit(99);
    }
    return pid;
}

/// Shows how a child ended, stopped or went on, as wait(2) tells it.
static inline void show_status(const char* name, int status) {
    if (WIFEXITED(status))
        printf("%s: exited %d\n", name, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("%s: killed by %s\n", name, sigabbrev_np(WTERMSIG(status)));
    else if (WIFSTOPPED(status))
        printf("%s: stopped by %s\n", name, sigabbrev_np(WSTOPSIG(status)));
    else if (WIFCONTINUED(status))
        printf("%s: continued\n", name);
    else
        printf("%s: status %x\n", name, status);
}

/// Waits for a child and shows its end.
static inline void show_end(const char* name, pid_t pid) {
    int status = -1;
    if (waitpid(pid, &status, 0) != pid)
        printf("%s: no such child, %s\n", name, strerrorname_np(errno));
    else
        show_status(name, status);
}

static inline void show_child_info(const char* name, const siginfo_t* info, pid_t pid) {
    printf("%s: signal %d code %d status %d from the child %d\n", name, info->si_signo,
           info->si_code, info->si_status, info->si_pid == pid);
}

/// Two pipes between this program and its children: a child says at its descriptor 4 what `from`
/// hears here, and hears at its descriptor 3 what is said to `to` here.
static inline void make_channel(int* to, int* from) {
    int there[2], back[2];
    if (pipe(there) != 0 || pipe(back) != 0)
        exit(99);
    *to = fcntl(there[1], F_DUPFD_CLOEXEC, 40);
    *from = fcntl(back[0], F_DUPFD_CLOEXEC, 40);
    int hears = fcntl(there[0], F_DUPFD, 40), says = fcntl(back[1], F_DUPFD, 40);
    close(there[0]), close(there[1]), close(back[0]), close(back[1]);
    dup2(hears, 3);
    dup2(says, 4);
    close(hears), close(says);
}

/// Reads one byte: what another process says, or EOF (-1) when it has gone.
static inline int heard(int fd) {
    unsigned char byte;
    ssize_t got;
    while ((got = read(fd, &byte, 1)) < 0 && errno == EINTR)
        ;
    return got == 1 ? byte : -1;
}
static inline void say(int fd, char byte) {
    while (write(fd, &byte, 1) < 0 && errno == EINTR)
        ;
}
