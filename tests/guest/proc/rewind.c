// SPDX-License-Identifier: BSD-3-Clause
// Files of /proc are read again from the start after lseek, and from any place.
#include "proc.h"

int main(void) {
    char first[64], again[64];
    const int fd = open("/proc/meminfo", O_RDONLY);
    HOLDS(read(fd, first, 9) == 9 && memcmp(first, "MemTotal:", 9) == 0);
    SHOW(lseek(fd, 0, SEEK_SET));
    HOLDS(read(fd, again, 9) == 9 && memcmp(first, again, 9) == 0);
    SHOW(lseek(fd, 3, SEEK_SET));
    HOLDS(read(fd, again, 6) == 6 && memcmp("Total:", again, 6) == 0);
    SHOW(lseek(fd, -6, SEEK_CUR));
    SHOW(lseek(fd, -10, SEEK_CUR));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(lseek(fd, 0, 7));
    HOLDS(pread(fd, again, 5, 3) == 5 && memcmp("Total", again, 5) == 0);
    close(fd);
    return 0;
}
