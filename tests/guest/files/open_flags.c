// SPDX-License-Identifier: BSD-3-Clause
// open(2): O_TRUNC, O_APPEND, O_EXCL, modes and the umask; fcntl(F_GETFL) tells them.
#include <report.h>

static void show_flags(int fd) {
    int flags = fcntl(fd, F_GETFL);
    printf("access %d append %d nonblock %d\n", flags & O_ACCMODE, !!(flags & O_APPEND),
           !!(flags & O_NONBLOCK));
}

int main(void) {
    own_folder();
    umask(027);
    int fd = open("file", O_CREAT | O_EXCL | O_RDWR, 0666);
    struct stat s;
    fstat(fd, &s);
    printf("mode %o size %ld\n", s.st_mode, (long)s.st_size);
    show_flags(fd);
    SHOW(write(fd, "hello", 5));
    close(fd);

    fd = open("file", O_WRONLY | O_APPEND);
    show_flags(fd);
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(write(fd, " world", 6));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(pwrite(fd, "!", 1, 0));
    SHOW(lseek(fd, 0, SEEK_END));
    char text[32] = "";
    SHOW(read(fd, text, 5));
    SHOW(fcntl(fd, F_SETFL, O_NONBLOCK));
    show_flags(fd);
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(write(fd, "H", 1));
    close(fd);

    fd = open("file", O_RDONLY);
    SHOW(write(fd, "x", 1));
    SHOW(read(fd, text, sizeof text));
    puts(text);
    SHOW(read(fd, text, sizeof text));
    close(fd);

    fd = open("file", O_RDWR | O_TRUNC);
    fstat(fd, &s);
    printf("size %ld\n", (long)s.st_size);
    int other = open("file", O_RDWR | O_CLOEXEC);
    SHOW(fcntl(fd, F_GETFD));
    SHOW(fcntl(other, F_GETFD));
    umask(0);
    SHOW(umask(0123));
    SHOW(umask(0));
}
