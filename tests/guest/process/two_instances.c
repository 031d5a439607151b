// SPDX-License-Identifier: BSD-3-Clause
// Two instances of one program at once: each has its own globals, environment, heap and libc state,
// although they may share an address space.
#include "children.h"

int common_symbol = 1;
char common_text[32] = "untouched";
static __thread int local_symbol = 5;

/// Changes everything that has a name, waits until the other one has done so, and looks again.
static int instance(const char* name) {
    common_symbol = name[0];
    snprintf(common_text, sizeof common_text, "text of %s", name);
    local_symbol = name[0] * 2;
    setenv("OWN", name, 1);
    srand((unsigned)name[0]);
    int first = rand();
    char* heap = malloc(100000);
    memset(heap, name[0], 100000);
    say(4, 'r');
    heard(3);
    int heap_good = 1;
    for (int i = 0; i < 100000; ++i)
        heap_good &= heap[i] == name[0];
    srand((unsigned)name[0]);
    printf("%s: symbol %c, %s, local %d, OWN=%s, GIVEN=%s, heap %d, same numbers %d\n", name,
           common_symbol, common_text, local_symbol, getenv("OWN"), getenv("GIVEN"), heap_good,
           rand() == first);
    return name[0];
}

int main(int argc, char** argv) {
    if (argc > 1)
        return instance(argv[1]);
    setvbuf(stdout, NULL, _IONBF, 0);
    const char* names[] = {"a", "b"};
    pid_t pids[2];
    int ready[2], go[2][2];
    pipe2(ready, O_CLOEXEC);
    for (int i = 0; i < 2; ++i) {
        pipe2(go[i], O_CLOEXEC);
        char given[32];
        sprintf(given, "GIVEN=to %s", names[i]);
        char* variables[] = {given, NULL};
        char* arguments[] = {(char*)"self", (char*)names[i], NULL};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, go[i][0], 30);
        posix_spawn_file_actions_adddup2(&actions, ready[1], 31);
        posix_spawn_file_actions_adddup2(&actions, 30, 3);
        posix_spawn_file_actions_adddup2(&actions, 31, 4);
        SHOW(posix_spawn(&pids[i], "/proc/self/exe", &actions, NULL, arguments, variables));
        posix_spawn_file_actions_destroy(&actions);
    }
    heard(ready[0]);
    heard(ready[0]);
    for (int i = 0; i < 2; ++i) {  // one after the other, for the order of their lines
        say(go[i][1], 'g');
        show_end(names[i], pids[i]);
    }
    printf("parent: symbol %d, %s, local %d, OWN=%s\n", common_symbol, common_text, local_symbol,
           getenv("OWN") ? getenv("OWN") : "");
}
