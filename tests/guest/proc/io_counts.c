// SPDX-License-Identifier: BSD-3-Clause
// /proc/PID/io counts calls and bytes exactly.
#include <sys/uio.h>
#include "proc.h"

static char text[400];
struct counts {
    long read, written, reads, writes, size;
};
static struct counts look(void) {
    const int fd = open("/proc/self/io", O_RDONLY);
    const ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n < 0 ? 0 : n] = 0;
    return (struct counts){value_in(text, "rchar:"), value_in(text, "wchar:"),
                           value_in(text, "syscr:"), value_in(text, "syscw:"), n};
}

int main(void) {
    static char data[10000];
    const int fd = open("file", O_RDWR | O_CREAT, 0600);
    const struct counts a = look();
    for (int i = 0; i < 10; ++i)
        write(fd, data, 1000);
    pwrite(fd, data, 500, 0);
    lseek(fd, 0, SEEK_SET);
    for (int i = 0; i < 4; ++i)
        read(fd, data, 700);
    struct iovec two[2] = {{data, 10}, {data, 20}};
    readv(fd, two, 2);
    read(-1, data, 1);
    const struct counts b = look();
    printf("written %ld in %ld calls\n", b.written - a.written, b.writes - a.writes);
    // The first look itself was counted after it was made
    printf("read %ld\n", b.read - a.read - a.size);
    HOLDS(b.reads - a.reads >= 6);
    const char* keys[] = {"read_bytes:", "write_bytes:", "cancelled_write_bytes:"};
    for (int i = 0; i < 3; ++i)
        HOLDS(value_in(text, keys[i]) >= 0);
    return 0;
}
