// SPDX-License-Identifier: BSD-3-Clause
// What the programs about seccomp(2) share.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <report.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF_EQUAL(value, then) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1), BPF_STMT(BPF_RET | BPF_K, then)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

static inline long seccomp(unsigned operation, unsigned how, const void* argument) {
    return syscall(SYS_seccomp, operation, how, argument);
}

static inline long install(struct sock_filter* code, size_t count, unsigned how) {
    struct sock_fprog program = {(unsigned short)count, code};
    return seccomp(SECCOMP_SET_MODE_FILTER, how, &program);
}
#define INSTALL(how, ...)                                 \
    ({                                                    \
        struct sock_filter code[] = {__VA_ARGS__};        \
        install(code, sizeof code / sizeof code[0], how); \
    })

static inline void allow_filters(void) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        exit(99);
}

/// Runs `body` in a child, and says how that ended.
static inline void in_child(const char* what, void (*body)(void)) {
    fflush(stdout);
    int status;
    pid_t child = fork();
    if (child == 0) {
        body();
        fflush(stdout);
        syscall(SYS_exit_group, 7);
    }
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        printf("%s: signal %d\n", what, WTERMSIG(status));
    else
        printf("%s: exit %d\n", what, WEXITSTATUS(status));
}

/// Lines of /proc/self/status that begin with "Seccomp" or "NoNew".
static inline void show_status(void) {
    char line[256];
    FILE* file = fopen("/proc/thread-self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "Seccomp", 7) || !strncmp(line, "NoNew", 5))
            fputs(line, stdout);
    fclose(file);
}
