// SPDX-License-Identifier: BSD-3-Clause
// Children nobody wants to wait for (SIGCHLD ignored, SA_NOCLDWAIT), and what SIGCHLD tells.
#include "children.h"

static volatile siginfo_t got;
static volatile int count;

static void on_child(int s, siginfo_t* info, void* context) {
    (void)s, (void)context;
    got = *info;
    ++count;
}

static void set(void (*handler)(int, siginfo_t*, void*), int flags) {
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGCHLD, &a, NULL);
}

int main(int argc, char** argv) {
    if (argc > 1) {
        if (!strcmp(argv[1], "kill"))
            raise(SIGTERM);
        if (!strcmp(argv[1], "abort"))
            abort();
        return 3;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    // Ignored: waits for the last child, then says that there is none
    signal(SIGCHLD, SIG_IGN);
    pid_t pid = start_self("exit", NULL);
    SHOW(waitpid(pid, NULL, 0));
    start_self("exit", NULL);
    start_self("kill", NULL);
    SHOW(waitpid(-1, NULL, 0));
    SHOW(kill(pid, 0));

    // SA_NOCLDWAIT with a handler: told, but nothing to wait for
    sigset_t mask, old;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, &old);
    set(on_child, SA_NOCLDWAIT);
    pid = start_self("kill", NULL);
    while (count == 0)
        sigsuspend(&old);
    show_child_info("no wait", (const siginfo_t*)&got, pid);
    SHOW(waitpid(pid, NULL, 0));

    // The usual way
    const char* kinds[] = {"exit", "kill", "abort"};
    set(on_child, 0);
    for (int i = 0; i < 3; ++i) {
        count = 0;
        pid = start_self(kinds[i], NULL);
        while (count == 0)
            sigsuspend(&old);
        siginfo_t info = got;
        info.si_code = info.si_code == CLD_DUMPED ? CLD_KILLED : info.si_code;  // core limits
        show_child_info(kinds[i], &info, pid);
        SHOW(kill(pid, 0));  // a zombie is still there
        show_end(kinds[i], pid);
        SHOW(kill(pid, 0));
    }

    // wait4 returns with SIGCHLD already pending
    signal(SIGCHLD, SIG_DFL);
    set(on_child, 0);
    for (int i = 0; i < 20; ++i) {
        pid = start_self("exit", NULL);
        waitpid(pid, NULL, 0);
        sigset_t pending;
        sigpending(&pending);
        if (!sigismember(&pending, SIGCHLD))
            printf("SIGCHLD is late\n");
        struct timespec none = {0, 0};
        siginfo_t info;
        if (sigtimedwait(&mask, &info, &none) != SIGCHLD || info.si_pid != pid)
            printf("SIGCHLD is of somebody else\n");
    }
    SHOW(waitpid(-1, NULL, 0));
}
