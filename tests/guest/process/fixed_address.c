// SPDX-License-Identifier: BSD-3-Clause
// A program that is linked to a fixed address (see CMakeLists.txt): two instances at once lie at
// the same addresses and do not see each other.
#include "children.h"

int common = 1;

int main(int argc, char** argv) {
    if (argc > 1) {
        printf("%s: at the linked address %d, common %d\n", argv[1],
               (uintptr_t)&common < 0x10000000, common);
        common = argv[1][0];
        if (argc > 2 && !strcmp(argv[2], "again"))
            show_end(" inner", start_self("b", NULL));
        printf("%s: common %c\n", argv[1], common);
        return 0;
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    common = 77;
    show_end("outer", start_self("a", "again"));
    pid_t pid = vfork();
    if (pid == 0) {
        char* arguments[] = {(char*)"self", (char*)"c", NULL};
        common = 78;
        execve("/proc/self/exe", arguments, environ);
        _exit(1);
    }
    show_end("vfork", pid);
    printf("common %d\n", common);
    char* arguments[] = {(char*)"self", (char*)"d", NULL};
    execve("/proc/self/exe", arguments, environ);
}
