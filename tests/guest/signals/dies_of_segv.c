// SPDX-License-Identifier: BSD-3-Clause
// The default action of SIGSEGV ends the program with that signal.
#include <report.h>

int main(void) {
    puts("before");
    fflush(stdout);
    *(volatile int*)BAD = 1;
}
