// SPDX-License-Identifier: BSD-3-Clause
// Programs started one after another (300, or as many as the argument says) leave nothing behind:
// no children, no descriptors, no processes. With an argument it also looks at the memory of the
// machine, which must be its own then (the test guest.process.leaks).
#include "children.h"

/// Kilobytes of a line of /proc/meminfo.
static long memory_kb(const char* name) {
    char line[128];
    long value = -1;
    FILE* file = fopen("/proc/meminfo", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, name, strlen(name)))
            value = atol(line + strlen(name));
    if (file)
        fclose(file);
    return value;
}

/// Lets `count` children end. @return how many did not end as they should.
static int run(int count) {
    int bad = 0;
    for (int i = 0; i < count; ++i) {
        int status = -1;
        pid_t pid = start_self("child", i & 1 ? "exit" : "kill");
        waitpid(pid, &status, 0);
        bad += i & 1 ? !(WIFEXITED(status) && WEXITSTATUS(status) == 7)
                     : !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    return bad;
}

int main(int argc, char** argv) {
    if (argc > 2) {
        free(malloc(200000));
        if (!strcmp(argv[2], "kill"))
            raise(SIGKILL);
        return 7;
    }
    const int count = argc > 1 ? atoi(argv[1]) : 300;
    int lowest = dup(0);
    close(lowest);
    printf("bad ends: %d\n", run(100));  // fills the caches
    const long before = memory_kb("MemFree:"), tables = memory_kb("PageTables:");
    printf("bad ends: %d\n", run(count));
    if (argc > 1) {
        const long lost = before - memory_kb("MemFree:");
        const long lost_tables = memory_kb("PageTables:") - tables;
        printf("lost %ld kB, page tables %ld kB\n", lost, lost_tables);
        if (lost < 1024 && lost_tables < 256)  // a page for each program would be 40 MB
            puts("nothing leaked");
    }
    int fd = dup(0);
    printf("same lowest descriptor: %d\n", fd == lowest);
    SHOW(waitpid(-1, NULL, WNOHANG));
}
