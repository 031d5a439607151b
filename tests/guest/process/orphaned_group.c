// SPDX-License-Identifier: BSD-3-Clause
// A group that is orphaned while a member is stopped gets SIGHUP and SIGCONT; terminal stop signals
// do nothing to members of an orphaned group.
#include <sys/prctl.h>
#include "children.h"

static volatile int hung_up, continued;

static void on_signal(int s) {
    *(s == SIGHUP ? &hung_up : &continued) = 1;
}

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1 && !strcmp(argv[1], "member")) {
        setpgid(0, 0);
        signal(SIGHUP, on_signal);
        signal(SIGCONT, on_signal);
        say(4, 'r');
        while (!hung_up || !continued)
            pause();
        kill(getpid(), SIGTSTP);  // orphaned by now: ignored
        kill(getpid(), SIGTTIN);
        return 5;
    }
    if (argc > 1) {  // its parent, in the session of both
        pid_t pid = start_self("member", NULL);
        heard(3);
        kill(pid, SIGSTOP);
        int status;
        waitpid(pid, &status, WUNTRACED);
        return WIFSTOPPED(status) ? 6 : 7;
    }
    int ends[2];
    pipe(ends);
    dup2(ends[0], 33);
    dup2(ends[1], 34);
    dup2(33, 3);
    dup2(34, 4);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    posix_spawnattr_t a;
    posix_spawnattr_init(&a);
    posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSID);
    char* arguments[] = {(char*)"self", (char*)"parent", NULL};
    pid_t pid;
    SHOW(posix_spawn(&pid, "/proc/self/exe", NULL, &a, arguments, environ));
    show_end("parent", pid);
    int status = -1;
    waitpid(-1, &status, 0);
    show_status("member", status);
}
