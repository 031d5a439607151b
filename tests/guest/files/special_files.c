// SPDX-License-Identifier: BSD-3-Clause
// /dev/null, zero, full, random.
#include <report.h>

int main(void) {
    char text[64];
    memset(text, 'x', sizeof text);
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
    int full = open("/dev/full", O_RDWR), random = open("/dev/urandom", O_RDONLY);
    SHOW(read(null, text, 10));
    SHOW(write(null, text, 10));
    SHOW(read(zero, text, 10));
    printf("%d %d %c\n", text[0], text[9], text[10]);
    SHOW(write(zero, text, 10));
    SHOW(read(full, text, 10));
    SHOW(write(full, text, 10));
    SHOW(write(full, text, 0));
    SHOW(read(random, text, 64));
    SHOW(read(null, BAD, 10));
    SHOW(read(zero, BAD, 10));
    SHOW(write(null, BAD, 10));
    SHOW(lseek(null, 100, SEEK_SET));
    SHOW(isatty(null));
    struct stat s;
    fstat(full, &s);
    printf("%o\n", s.st_mode & S_IFMT);
    SHOW(ftruncate(null, 0));
    SHOW(fsync(null));
}
