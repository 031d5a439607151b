// SPDX-License-Identifier: BSD-3-Clause
// membarrier(2): which commands there are, and the order of registering and using.
#include <linux/membarrier.h>
#include <report.h>

static long barrier(int command, unsigned how, int cpu) {
    return syscall(SYS_membarrier, command, how, cpu);
}

int main(void) {
    long offered = barrier(MEMBARRIER_CMD_QUERY, 0, 0);
    HOLDS(offered & MEMBARRIER_CMD_GLOBAL);
    HOLDS(offered & MEMBARRIER_CMD_GLOBAL_EXPEDITED);
    HOLDS(offered & MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    HOLDS(offered & MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
    SHOW(barrier(MEMBARRIER_CMD_QUERY, 1, 0));
    SHOW(barrier(MEMBARRIER_CMD_GLOBAL, 0, 0));
    SHOW(barrier(MEMBARRIER_CMD_GLOBAL, 1, 0));
    SHOW(barrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0));
    SHOW(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    SHOW(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    SHOW(barrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0));
    SHOW(barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
    SHOW(barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    SHOW(barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 1, 0));
    SHOW(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    SHOW(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    SHOW(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 2, 0));
    SHOW(barrier(1 << 20, 0, 0));
    SHOW(barrier(3, 0, 0));
    SHOW(barrier(-1, 0, 0));
}
