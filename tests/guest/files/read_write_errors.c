// SPDX-License-Identifier: BSD-3-Clause
// read(2) and write(2): bad descriptors, bad memory, wrong kinds of file.
#include <report.h>
#include <sys/uio.h>

int main(void) {
    own_folder();
    write_file("file", "0123456789");
    mkdir("folder", 0755);
    char text[16];
    int file = open("file", O_RDWR), folder = open("folder", O_RDONLY);
    SHOW(read(99, text, 1));
    SHOW(write(99, text, 1));
    SHOW(read(-1, text, 1));
    SHOW(read(folder, text, 1));
    SHOW(read(file, BAD, 4));
    SHOW(read(file, NULL, 4));
    SHOW(read(file, NULL, 0));
    SHOW(write(file, BAD, 4));
    SHOW(lseek(file, 0, SEEK_CUR));
    SHOW(pread(file, text, 4, -1));
    SHOW(pread(file, text, 4, 8));
    SHOW(pread(file, text, 4, 100));
    SHOW(pwrite(file, text, 4, -5));
    struct iovec v[3] = {{text, 2}, {BAD, 2}, {text, 2}};
    SHOW(readv(file, v, 0));
    SHOW(syscall(SYS_readv, file, v, -1L));
    SHOW(syscall(SYS_readv, file, v, 1025L));
    SHOW(readv(file, BAD, 1));
    struct iovec negative[1] = {{text, (size_t)-1}};
    SHOW(readv(file, negative, 1));
    SHOW(read(file, (char*)text, 0));
    int path = open("file", O_PATH);
    SHOW(read(path, text, 1));
    SHOW(write(path, text, 1));
    SHOW(lseek(path, 0, SEEK_SET));
    SHOW(ftruncate(path, 0));
    struct stat s;
    SHOW(fstat(path, &s));
    SHOW(read(STDIN_FILENO, text, 1));
}
