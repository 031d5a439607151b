// SPDX-License-Identifier: BSD-3-Clause
// lseek(2): origins, limits, holes, and what cannot be positioned.
#include <report.h>

int main(void) {
    own_folder();
    int fd = open("file", O_CREAT | O_RDWR, 0644);
    SHOW(write(fd, "0123456789", 10));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(lseek(fd, 3, SEEK_CUR));
    SHOW(lseek(fd, -2, SEEK_END));
    SHOW(lseek(fd, -100, SEEK_CUR));
    SHOW(lseek(fd, -1, SEEK_SET));
    SHOW(lseek(fd, 0, 99));
    SHOW(lseek(fd, 100, SEEK_SET));
    char c;
    SHOW(read(fd, &c, 1));
    SHOW(write(fd, "x", 1));
    struct stat s;
    fstat(fd, &s);
    printf("size %ld\n", (long)s.st_size);
    char text[101];
    SHOW(pread(fd, text, 101, 0));
    printf("hole %d %d\n", text[10], text[99]);
    SHOW(lseek(fd, 0, SEEK_DATA));
    SHOW(lseek(fd, 101, SEEK_DATA));
    SHOW(lseek(fd, 0, SEEK_HOLE));
    SHOW(lseek(fd, 200, SEEK_HOLE));
    int ends[2];
    pipe(ends);
    SHOW(lseek(ends[0], 0, SEEK_CUR));
    SHOW(pread(ends[0], text, 1, 0));
    SHOW(pwrite(ends[1], text, 1, 0));
    SHOW(lseek(99, 0, SEEK_SET));
}
