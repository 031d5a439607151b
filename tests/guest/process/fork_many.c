// SPDX-License-Identifier: BSD-3-Clause
// 500 forks one after another (or as many as the argument says), each of which writes to its
// memory, leave nothing behind. With an argument it also looks at the memory of the machine, which
// must be its own then (the test guest.process.fork_leaks).
#include <sys/mman.h>
#include "children.h"

static long free_kb(void) {
    char line[128];
    long value = -1;
    FILE* file = fopen("/proc/meminfo", "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "MemFree: %ld", &value);
    fclose(file);
    return value;
}

static int run(int count, char* memory) {
    int bad = 0;
    for (int i = 0; i < count; ++i) {
        pid_t pid = fork();
        if (pid == 0) {
            memset(memory, i, 1 << 20);
            if (i % 3 == 0)
                raise(SIGKILL);
            _exit(5);
        }
        int status = -1;
        waitpid(pid, &status, 0);
        bad += i % 3 == 0 ? !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
                          : !(WIFEXITED(status) && WEXITSTATUS(status) == 5);
        bad += memory[0] != 'm' || memory[(1 << 20) - 1] != 'm';
    }
    return bad;
}

int main(int argc, char** argv) {
    char* memory = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 'm', 4 << 20);
    printf("bad %d\n", run(50, memory));
    const long before = free_kb();
    printf("bad %d\n", run(argc > 1 ? atoi(argv[1]) : 500, memory));
    if (argc > 1) {
        const long lost = before - free_kb();
        printf("lost %ld kB\n", lost);
        if (lost < 1024)
            puts("nothing leaked");
    }
    SHOW(waitpid(-1, NULL, WNOHANG));
}
