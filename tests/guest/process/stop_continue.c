// SPDX-License-Identifier: BSD-3-Clause
// Stopping and continuing children: WUNTRACED, WCONTINUED, waitid, SIGCHLD, SA_NOCLDSTOP, SIGKILL.
#include "children.h"

static volatile siginfo_t got;
static volatile int count;

static void on_child(int s, siginfo_t* info, void* context) {
    (void)s, (void)context;
    got = *info;
    ++count;
}

static void wait_for_handler(const char* name, pid_t pid, const sigset_t* mask) {
    while (count == 0)
        sigsuspend(mask);
    show_child_info(name, (const siginfo_t*)&got, pid);
    count = 0;
}

int main(int argc, char** argv) {
    if (argc > 1) {
        if (!strcmp(argv[1], "catches"))
            signal(SIGCONT, SIG_IGN);
        say(4, 'r');
        for (;;)
            pause();
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    int ends[2];
    pipe(ends);
    dup2(ends[1], 4);
    sigset_t mask, old;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, &old);
    struct sigaction a = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO};
    sigaction(SIGCHLD, &a, NULL);

    pid_t pid = start_self("child", NULL);
    heard(ends[0]);
    int status = -1;
    SHOW(waitpid(pid, &status, WUNTRACED | WCONTINUED | WNOHANG));
    SHOW(kill(pid, SIGSTOP));
    wait_for_handler("stop", pid, &old);
    SHOW(waitpid(pid, &status, WNOHANG));  // not asked for
    HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
    show_status("stop", status);
    SHOW(waitpid(pid, &status, WUNTRACED | WNOHANG));  // told once
    SHOW(kill(pid, SIGCONT));
    wait_for_handler("continue", pid, &old);
    HOLDS(waitpid(pid, &status, WCONTINUED) == pid);
    show_status("continue", status);
    SHOW(waitpid(pid, &status, WCONTINUED | WNOHANG));

    SHOW(kill(pid, SIGSTOP));
    wait_for_handler("stop", pid, &old);
    siginfo_t info = {0};
    SHOW(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT));
    show_child_info("waitid", &info, pid);
    SHOW(waitid(P_ALL, 0, &info, WSTOPPED));
    SHOW(kill(pid, SIGCONT));
    SHOW(waitid(P_PID, (id_t)pid, &info, WCONTINUED | WNOWAIT));
    show_child_info("waitid", &info, pid);
    SHOW(waitid(P_PID, (id_t)pid, &info, WCONTINUED | WEXITED | WSTOPPED));
    show_child_info("waitid", &info, pid);
    wait_for_handler("continue", pid, &old);

    // No signals about stops
    a.sa_flags |= SA_NOCLDSTOP;
    sigaction(SIGCHLD, &a, NULL);
    SHOW(kill(pid, SIGSTOP));
    HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
    show_status("quiet", status);
    SHOW(kill(pid, SIGTERM));  // waits until it goes on
    SHOW(waitpid(pid, &status, WNOHANG));
    SHOW(kill(pid, SIGCONT));
    HOLDS(waitpid(pid, &status, 0) == pid);
    show_status("term", status);
    wait_for_handler("term", pid, &old);

    // A stopped child can be killed; one that ignores SIGCONT continues all the same
    pid = start_self("catches", NULL);
    heard(ends[0]);
    SHOW(kill(pid, SIGSTOP));
    HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
    SHOW(kill(pid, SIGCONT));
    HOLDS(waitpid(pid, &status, WCONTINUED) == pid);
    show_status("ignored", status);
    SHOW(kill(pid, SIGSTOP));
    HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
    SHOW(kill(pid, SIGKILL));
    show_end("kill", pid);

    // Stop and continue in quick succession never loses a child
    pid = start_self("child", NULL);
    heard(ends[0]);
    for (int i = 0; i < 200; ++i) {
        kill(pid, SIGSTOP);
        kill(pid, SIGCONT);
    }
    kill(pid, SIGTERM);
    show_end("quick", pid);
}
