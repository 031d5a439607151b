// SPDX-License-Identifier: BSD-3-Clause
// The default action of SIGPIPE ends the program.
#include <report.h>

int main(void) {
    int p[2];
    pipe(p);
    close(p[0]);
    puts("before");
    fflush(stdout);
    write(p[1], "x", 1);
    puts("after");
}
