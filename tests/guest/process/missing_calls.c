// SPDX-License-Identifier: BSD-3-Clause
// Numbers that no kernel has: ENOSYS, and the program goes on.
#include <report.h>

int main(void) {
    SHOW(syscall(5000));
    SHOW(syscall(100000));
    SHOW(syscall(SYS_create_module, 0));
    SHOW(syscall(SYS_query_module, 0));
}
