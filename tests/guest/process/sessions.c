// SPDX-License-Identifier: BSD-3-Clause
// setsid, setpgid, getsid, getpgid: who may, and what they refuse.
#include "children.h"

static int child(const char* kind) {
    if (!strcmp(kind, "session")) {
        SHOW(setsid() == getpid());
        printf(" leads %d %d\n", getsid(0) == getpid(), getpgrp() == getpid());
        SHOW(setsid());
        SHOW(setpgid(0, 0));
        SHOW(setpgid(0, getppid()));
        return 0;
    }
    if (!strcmp(kind, "group")) {
        SHOW(setpgid(0, 0));
        SHOW(getpgrp() == getpid());
        SHOW(setpgid(0, 0));
        SHOW(setsid());  // leads a group already
        SHOW(setpgid(getppid(), 0));
        SHOW(setpgid(0, getpgid(getppid())));
        WORKS(setsid());
        return 0;
    }
    heard(3);
    return 0;
}

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1)
        return child(argv[1]);
    setpgid(0, 0);
    show_end("session", start_self("session", NULL));
    show_end("group", start_self("group", NULL));
    SHOW(setpgid(-1, 0));
    SHOW(setpgid(0, -1));
    SHOW(setpgid(0, 999999));
    SHOW(setpgid(999999, 0));
    SHOW(getpgid(999999));
    SHOW(getsid(999999));
    SHOW(getpgid(-1));
    SHOW(getsid(-1));
    HOLDS(getpgid(0) == getpgrp());
    int ends[2];
    pipe(ends);
    dup2(ends[0], 3);
    pid_t pid = start_self("wait", NULL);
    SHOW(setpgid(pid, pid));  // it has run exec
    HOLDS(getpgid(pid) == getpgrp());
    // Before exec it is allowed: seen with a vfork child that asks on its own
    pid_t other = vfork();
    if (other == 0) {
        setpgid(0, 0);
        _exit(getpgrp() == getpid() ? 1 : 0);
    }
    show_end("vfork", other);
    say(ends[1], 'x');
    show_end("wait", pid);
}
