// SPDX-License-Identifier: BSD-3-Clause
// sendfile(2) and copy_file_range(2).
#include <report.h>
#include <sys/sendfile.h>

int main(void) {
    own_folder();
    static char block[20000];
    for (size_t i = 0; i < sizeof block; ++i)
        block[i] = (char)('a' + i % 26);
    int from = open("from", O_CREAT | O_RDWR, 0600), to = open("to", O_CREAT | O_RDWR, 0600);
    write(from, block, sizeof block);
    off_t at = 5;
    SHOW(sendfile(to, from, &at, 10));
    printf("offset %ld\n", (long)at);
    SHOW(lseek(from, 0, SEEK_CUR));
    SHOW(lseek(from, 19990, SEEK_SET));
    SHOW(sendfile(to, from, NULL, 100));
    SHOW(sendfile(to, from, NULL, 100));
    char text[32] = "";
    SHOW(pread(to, text, 30, 0));
    puts(text);
    at = -1;
    SHOW(sendfile(to, from, &at, 10));
    SHOW(sendfile(99, from, NULL, 10));
    SHOW(sendfile(to, 99, NULL, 10));
    int reader = open("to", O_RDONLY);
    SHOW(sendfile(reader, from, NULL, 10));
    int ends[2];
    pipe(ends);
    at = 0;
    SHOW(sendfile(ends[1], from, &at, 4096));
    SHOW(sendfile(to, ends[0], NULL, 10));
    SHOW(read(ends[0], block, sizeof block));
    off_t a = 0, b = 100;
    SHOW(copy_file_range(from, &a, to, &b, 5000, 0));
    printf("%ld %ld\n", (long)a, (long)b);
    SHOW(copy_file_range(from, &a, to, &b, 100000, 0));
    SHOW(copy_file_range(from, &a, to, &b, 10, 0));
    SHOW(copy_file_range(from, NULL, ends[1], NULL, 10, 0));
    SHOW(copy_file_range(from, NULL, to, NULL, 10, 1));
    a = 0, b = 5;
    SHOW(copy_file_range(from, &a, from, &b, 10, 0));
    struct stat s;
    fstat(to, &s);
    printf("size %ld\n", (long)s.st_size);
}
