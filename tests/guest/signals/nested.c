// SPDX-License-Identifier: BSD-3-Clause
// A handler is interrupted by other signals, not by its own, unless SA_NODEFER; SA_RESETHAND.
#include <report.h>

static int depth, raised;

static void handler(int s) {
    ++depth;
    printf("in %d depth %d\n", s, depth);
    if (s == SIGUSR1 && !raised) {
        raised = 1;
        raise(SIGUSR1);
        raise(SIGUSR2);
        puts("raised");
    }
    --depth;
    printf("out %d\n", s);
}

int main(void) {
    struct sigaction a = {.sa_handler = handler};
    sigaction(SIGUSR1, &a, NULL);
    sigaction(SIGUSR2, &a, NULL);
    raise(SIGUSR1);
    raised = 0;
    puts("-- nodefer");
    a.sa_flags = SA_NODEFER;
    sigaction(SIGUSR1, &a, NULL);
    raise(SIGUSR1);
    raised = 0;
    puts("-- mask");
    a.sa_flags = 0;
    sigaddset(&a.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &a, NULL);
    raise(SIGUSR1);
    puts("-- reset");
    a.sa_flags = SA_RESETHAND;
    sigaction(SIGUSR2, &a, NULL);
    raise(SIGUSR2);
    sigaction(SIGUSR2, NULL, &a);
    printf("default again %d\n", a.sa_handler == SIG_DFL);
}
