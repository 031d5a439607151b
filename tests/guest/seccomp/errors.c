// SPDX-License-Identifier: BSD-3-Clause
// What seccomp(2) refuses.
#include "filter.h"

static struct sock_filter good[] = {RETURN(SECCOMP_RET_ALLOW)};

static void one(struct sock_filter i) {
    // Behind the end of the program: it is checked all the same.
    struct sock_filter code[] = {RETURN(SECCOMP_RET_ALLOW), i, RETURN(SECCOMP_RET_ALLOW)};
    errno = 0;
    long outcome = install(code, 3, 0);
    printf("code %02x constant %u: %s\n", i.code, i.k, outcome ? strerrorname_np(errno) : "works");
}

static void unprivileged(void) {
    if (setresuid(1000, 1000, 1000) != 0)
        return;
    SHOW(install(good, 1, 0));
    SHOW(install(good, 0, 0));
    allow_filters();
    SHOW(install(good, 1, 0));
}

static void root_without_no_new_privileges(void) {
    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SHOW(install(good, 1, 0));
}

static void modes(void) {
    SHOW(prctl(PR_SET_SECCOMP, 0));
    SHOW(prctl(PR_SET_SECCOMP, 3));
    SHOW(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL));
    struct sock_fprog program = {1, good};
    SHOW(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
    SHOW(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
    SHOW(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL));
}

static void too_many(void) {
    static struct sock_filter big[4096];
    for (int i = 0; i < 4096; ++i)
        big[i] = good[0];
    SHOW(install(big, 4097, 0));
    // All together may have 32768 instructions, after a translation that makes them more on Linux.
    int most = 0;
    while (most < 9 && install(big, 4096, 0) == 0)
        ++most;
    HOLDS(most > 0 && most < 9 && errno == ENOMEM);
    SHOW(install(good, 1, 0));
}

int main(void) {
    in_child("root", root_without_no_new_privileges);
    in_child("unprivileged", unprivileged);
    allow_filters();
    in_child("modes", modes);
    in_child("too many", too_many);
    SHOW(seccomp(99, 0, NULL));
    SHOW(seccomp(SECCOMP_SET_MODE_STRICT, 1, NULL));
    SHOW(seccomp(SECCOMP_SET_MODE_STRICT, 0, BAD));
    SHOW(seccomp(SECCOMP_SET_MODE_FILTER, 0, NULL));
    SHOW(seccomp(SECCOMP_SET_MODE_FILTER, 0, BAD));
    SHOW(seccomp(SECCOMP_SET_MODE_FILTER, 0x1000, BAD));
    SHOW(install(BAD, 1, 0));
    SHOW(install(good, 0, 0));
    SHOW(install(good, 1, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW));
    unsigned actions[] = {
        SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,  SECCOMP_RET_ERRNO,
        SECCOMP_RET_TRACE,        SECCOMP_RET_LOG,         SECCOMP_RET_ALLOW, 1,
        SECCOMP_RET_ERRNO | 1};
    for (unsigned i = 0; i < sizeof actions / sizeof actions[0]; ++i)
        SHOW(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &actions[i]));
    SHOW(seccomp(SECCOMP_GET_ACTION_AVAIL, 1, &actions[0]));
    SHOW(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, BAD));

    // Every code, with a constant that few refuse
    for (unsigned code = 0; code < 0x100; ++code)
        one((struct sock_filter){(unsigned short)code, 0, 0, 0});
    one((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 60));
    one((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 62));
    one((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64));
    one((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0xfffff000));
    one((struct sock_filter)BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 1));
    one((struct sock_filter)BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32));
    one((struct sock_filter)BPF_STMT(BPF_ST, 16));
    one((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 1, 0));
    one((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 1));
    struct sock_filter no_return[] = {BPF_STMT(BPF_LD | BPF_IMM, 0)};
    SHOW(install(no_return, 1, 0));
}
