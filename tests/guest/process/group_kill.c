// SPDX-License-Identifier: BSD-3-Clause
// kill(-group): reaches all of a group and nobody else; errors of kill.
#include "children.h"

int main(int argc, char** argv) {
    if (argc > 1) {
        (void)argv;
        say(4, 'r');
        for (;;)
            pause();
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    int ends[2];
    pipe(ends);
    dup2(ends[1], 4);
    posix_spawnattr_t a;
    posix_spawnattr_init(&a);
    posix_spawnattr_setflags(&a, POSIX_SPAWN_SETPGROUP);
    char* arguments[] = {(char*)"self", (char*)"child", NULL};
    pid_t members[3], stranger;
    for (int i = 0; i < 3; ++i) {
        posix_spawnattr_setpgroup(&a, i ? members[0] : 0);
        SHOW(posix_spawn(&members[i], "/proc/self/exe", NULL, &a, arguments, environ));
    }
    posix_spawnattr_setpgroup(&a, 0);
    posix_spawn(&stranger, "/proc/self/exe", NULL, &a, arguments, environ);
    for (int i = 0; i < 4; ++i)
        heard(ends[0]);
    SHOW(kill(-members[0], 0));
    SHOW(killpg(members[0], SIGTERM));
    for (int i = 0; i < 3; ++i) {
        int status = -1;
        HOLDS(waitpid(-members[0], &status, 0) > 0);
        show_status("member", status);
    }
    SHOW(waitpid(-members[0], NULL, WNOHANG));
    SHOW(kill(-members[0], 0));
    SHOW(waitpid(stranger, NULL, WNOHANG));
    SHOW(kill(stranger, SIGKILL));
    show_end("stranger", stranger);
    SHOW(kill(-999999, SIGTERM));
    SHOW(kill(999999, SIGTERM));
    SHOW(kill(getpid(), 65));
    SHOW(kill(getpid(), -1));
    SHOW(killpg(-5, 0));
}
