// SPDX-License-Identifier: BSD-3-Clause
// 64 instances of one program at once, each with globals, arguments and heap of its own.
#include <sys/mman.h>
#include "children.h"

enum { count = 64 };
int number = -1;
unsigned char block[65536];

static int instance(const char* text) {
    number = atoi(text);
    memset(block, number, sizeof block);
    unsigned char* heap = malloc(300000);
    memset(heap, number + 1, 300000);
    say(4, (char)number);
    heard(3);  // until all of them are here
    for (unsigned i = 0; i < sizeof block; ++i)
        if (block[i] != number)
            return 200;
    for (int i = 0; i < 300000; ++i)
        if (heap[i] != number + 1)
            return 201;
    return number;
}

int main(int argc, char** argv) {
    if (argc > 1)
        return instance(argv[1]);
    int ready[2], go[2];
    pipe2(ready, O_CLOEXEC);
    pipe2(go, O_CLOEXEC);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, go[0], 30);
    posix_spawn_file_actions_adddup2(&actions, ready[1], 31);
    posix_spawn_file_actions_adddup2(&actions, 30, 3);
    posix_spawn_file_actions_adddup2(&actions, 31, 4);
    pid_t pids[count];
    int started = 0;
    for (int i = 0; i < count; ++i) {
        char text[16];
        sprintf(text, "%d", i);
        char* arguments[] = {(char*)"self", text, NULL};
        started += posix_spawn(&pids[i], "/proc/self/exe", &actions, NULL, arguments, environ) == 0;
    }
    printf("%d started\n", started);
    close(go[0]);
    close(ready[1]);
    int sum = 0;
    for (int i = 0; i < count; ++i)
        sum += heard(ready[0]);
    printf("all are here: %d\n", sum == count * (count - 1) / 2);
    close(go[1]);
    int good = 0;
    for (int i = 0; i < count; ++i) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        good += WIFEXITED(status) && WEXITSTATUS(status) == i;
    }
    printf("%d kept what was theirs\n", good);
    SHOW(waitpid(-1, NULL, 0));
}
