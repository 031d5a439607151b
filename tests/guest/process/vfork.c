// SPDX-License-Identifier: BSD-3-Clause
// vfork: the child shares memory, the parent waits for its end; waitid tells.
#include <report.h>
#include <sys/wait.h>

int main(void) {
    static volatile int shared;
    setvbuf(stdout, NULL, _IOLBF, 0);
    pid_t pid = vfork();
    if (pid == 0) {
        shared = 7;
        _exit(3);
    }
    printf("shared %d\n", shared);
    siginfo_t info = {0};
    SHOW(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
    printf("%d %d %d %d\n", info.si_signo == SIGCHLD, info.si_code == CLD_EXITED, info.si_status,
           info.si_pid == pid);
    SHOW(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG));
    SHOW(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG));
}
