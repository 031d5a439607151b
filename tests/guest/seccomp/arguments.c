// SPDX-License-Identifier: BSD-3-Clause
// Filters that look at the arguments, and all that their instructions can compute.
#include "filter.h"

#define PROBE 0x1234567800000000L

static long probe(long a, long b) {
    errno = 0;
    return syscall(SYS_getpriority, a, b, 0x300000003L, 4, 5, 0x6000000006L) == -1 ? errno : 0;
}

int main(void) {
    allow_filters();
    SHOW(INSTALL(
        0, LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ, 0xc000003e, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS), LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JEQ, SYS_getpriority, 1, 0), RETURN(SECCOMP_RET_ALLOW),
        // Low and high half of an argument
        LOAD(args[0]), BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ, 0x12345678, 0, 1), RETURN(SECCOMP_RET_ERRNO | 100),
        // 1: the length of the data, 2: arithmetic, 3: memory, 4: division by zero
        BPF_STMT(BPF_MISC | BPF_TXA, 0), BPF_JUMP(BPF_JMP | BPF_JEQ, 1, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), BPF_JUMP(BPF_JMP | BPF_JA, 5, 0, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ, 2, 0, 6), LOAD(args[1]), BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 3),
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 1), BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
        BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO), BPF_STMT(BPF_RET | BPF_A, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ, 3, 0, 5), LOAD(args[5]), BPF_STMT(BPF_ST, 15),
        BPF_STMT(BPF_LDX | BPF_MEM, 15), BPF_STMT(BPF_MISC | BPF_TXA, 0),
        BPF_JUMP(BPF_JMP | BPF_JA, 3, 0, 0), BPF_STMT(BPF_LD | BPF_IMM, 7),
        BPF_STMT(BPF_ALU | BPF_NEG, 0), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff),
        BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO), BPF_STMT(BPF_RET | BPF_A, 0)));
    printf("%ld\n", probe(PROBE, 0));
    printf("%ld\n", probe(1, 0));
    printf("%ld\n", probe(2, 9));
    printf("%ld\n", probe(3, 0));
    printf("%ld\n", probe(0, 0));
}
