// SPDX-License-Identifier: BSD-3-Clause
// truncate, ftruncate, fallocate, and growing files.
#include <report.h>

int main(void) {
    own_folder();
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    write(fd, "0123456789", 10);
    struct stat s;
    SHOW(ftruncate(fd, 4));
    fstat(fd, &s);
    printf("size %ld\n", (long)s.st_size);
    SHOW(ftruncate(fd, 8));
    char text[16];
    memset(text, 'z', sizeof text);
    SHOW(pread(fd, text, 16, 0));
    printf("%.4s %d %d %d\n", text, text[4], text[7], text[8]);
    SHOW(ftruncate(fd, -1));
    SHOW(truncate("file", 2));
    SHOW(truncate("missing", 2));
    SHOW(truncate(".", 2));
    SHOW(truncate("file", -2));
    int reader = open("file", O_RDONLY);
    SHOW(ftruncate(reader, 0));
    SHOW(ftruncate(99, 0));
    int ends[2];
    pipe(ends);
    SHOW(ftruncate(ends[1], 0));
    SHOW(fallocate(fd, 0, 0, 5000));
    fstat(fd, &s);
    printf("size %ld\n", (long)s.st_size);
    SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE, 5000, 5000));
    fstat(fd, &s);
    printf("size %ld\n", (long)s.st_size);
    SHOW(pwrite(fd, "abcdef", 6, 100));
    SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 101, 2));
    SHOW(pread(fd, text, 6, 100));
    printf("%c %d %d %c\n", text[0], text[1], text[2], text[3]);
    SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
    SHOW(fallocate(fd, 0, 0, 0));
    SHOW(fallocate(fd, 0, -1, 10));
    SHOW(fallocate(reader, 0, 0, 10));
    SHOW(fallocate(ends[1], 0, 0, 10));
}
