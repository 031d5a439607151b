// SPDX-License-Identifier: BSD-3-Clause
// Orphans go to the nearest subreaper, which waits for them; PR_SET_PDEATHSIG tells them.
#include <sys/prctl.h>
#include "children.h"

/// Lives until its parent has gone. Its code says whether it has the right new parent and whether
/// it got the signal.
static int orphan(const char* kind, int before) {
    int told = 0;
    if (!strcmp(kind, "signal")) {
        sigset_t mask;
        sigemptyset(&mask);
        sigaddset(&mask, SIGUSR1);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        prctl(PR_SET_PDEATHSIG, SIGUSR1);
        int value = 0;
        prctl(PR_GET_PDEATHSIG, &value);
        say(4, 'r');
        siginfo_t info;
        sigwaitinfo(&mask, &info);
        told = info.si_signo == SIGUSR1 && info.si_code == SI_USER && value == SIGUSR1;
    } else {
        say(4, 'r');
    }
    while (getppid() == before)
        sleep_ms(1);
    return (getppid() == atoi(getenv("REAPER")) ? 20 : 10) + told;
}

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc == 4)
        return orphan(argv[2], atoi(argv[3]));
    if (argc > 1) {  // the parent that dies as soon as its child is ready
        int value = -1;
        prctl(PR_GET_CHILD_SUBREAPER, &value);
        char number[16];
        sprintf(number, "%d", getpid());
        char* arguments[] = {(char*)"self", (char*)"orphan", argv[1], number, NULL};
        pid_t pid;
        posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ);
        heard(3);
        return 10 + value;
    }
    int ends[2];
    pipe(ends);
    dup2(ends[0], 33);
    dup2(ends[1], 34);
    dup2(33, 3);
    dup2(34, 4);
    char reaper[32];
    sprintf(reaper, "%d", getpid());
    setenv("REAPER", reaper, 1);
    SHOW(prctl(PR_SET_CHILD_SUBREAPER, 1));
    const char* kinds[] = {"plain", "signal"};
    for (int i = 0; i < 2; ++i) {
        printf("%s\n", kinds[i]);
        pid_t parent = start_self(kinds[i], NULL);
        show_end(" parent", parent);
        int status = -1;
        pid_t adopted = waitpid(-1, &status, 0);
        printf(" adopted %d\n", adopted > 0 && adopted != parent);
        show_status(" orphan", status);
    }
    SHOW(waitpid(-1, NULL, 0));
    SHOW(prctl(PR_SET_CHILD_SUBREAPER, 0));
    puts("no subreaper");
    pid_t parent = start_self("plain", NULL);
    show_end(" parent", parent);
    SHOW(waitpid(-1, NULL, 0));
}
