// SPDX-License-Identifier: BSD-3-Clause
// abort(3) ends the program with SIGABRT, also when it is blocked.
#include <report.h>

int main(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    puts("before");
    fflush(stdout);
    abort();
}
