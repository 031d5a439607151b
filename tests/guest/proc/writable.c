// SPDX-License-Identifier: BSD-3-Clause
// Files below /proc that can be written do what they say, or fail as on Linux.
#include "proc.h"

static void put(const char* path, const char* text) {
    const int fd = open(path, O_WRONLY);
    if (fd < 0) {
        printf("open %s: %s\n", path, strerrorname_np(errno));
        return;
    }
    const ssize_t n = write(fd, text, strlen(text));
    if (n < 0)
        printf("%s <- '%.12s': %s\n", path, text, strerrorname_np(errno));
    else
        printf("%s <- '%.12s': %zd\n", path, text, n);
    close(fd);
}
static void get(const char* path) {
    const char* text = text_of(path);
    if (errno)
        printf("%s: %s\n", path, strerrorname_np(errno));
    else
        printf("%s: %s\n", path, text);
}

int main(void) {
    put("/proc/self/comm", "abc\n");
    get("/proc/self/comm");
    printf("%s\n", strstr(text_of("/proc/self/status"), "abc\\n") ? "escaped" : "not escaped");
    put("/proc/self/comm", "longer than fifteen characters");
    get("/proc/self/comm");

    const char* biases[] = {"500", "1001", "-1001", "x", "", " 7\n", "7 8", "0x10", "600"};
    for (unsigned i = 0; i < sizeof biases / sizeof *biases; ++i) {
        put("/proc/self/oom_score_adj", biases[i]);
        get("/proc/self/oom_score_adj");
    }
    get("/proc/self/oom_adj");
    put("/proc/self/oom_adj", "16");
    put("/proc/self/oom_adj", "15");
    get("/proc/self/oom_score_adj");
    HOLDS(value_of("/proc/self/oom_score", "") > 1000);

    const char* resets[] = {"1", "2", "3", "5\n", "0", "9", "", "x"};
    for (unsigned i = 0; i < sizeof resets / sizeof *resets; ++i)
        put("/proc/self/clear_refs", resets[i]);
    get("/proc/self/clear_refs");

    get("/proc/self/coredump_filter");
    put("/proc/self/coredump_filter", "0x7f");
    get("/proc/self/coredump_filter");
    put("/proc/self/coredump_filter", "zz");
    get("/proc/self/timerslack_ns");
    put("/proc/self/timerslack_ns", "1000");
    get("/proc/self/timerslack_ns");

    put("/proc/self/stat", "x");
    put("/proc/uptime", "x");
    put("/proc/sys/kernel/ostype", "x");
    get("/proc/sys/kernel/ostype");
    SHOW(open("/sys/class/net/lo/address", O_WRONLY));
    get("/proc/self/uid_map");
    get("/proc/self/setgroups");
    get("/proc/self/personality");
    return 0;
}
