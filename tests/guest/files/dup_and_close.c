// SPDX-License-Identifier: BSD-3-Clause
// dup, dup2, dup3, close, close_range.
#include <report.h>

int main(void) {
    own_folder();
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    int copy = dup(fd);
    HOLDS(copy == fd + 1);
    SHOW(write(fd, "abc", 3));
    SHOW(lseek(copy, 0, SEEK_CUR));
    SHOW(dup2(fd, 50));
    SHOW(dup2(fd, fd) == fd);
    SHOW(dup2(99, 51));
    SHOW(dup2(fd, -1));
    SHOW(dup2(fd, 1 << 30));
    SHOW(dup3(fd, 52, O_CLOEXEC));
    SHOW(fcntl(52, F_GETFD));
    SHOW(dup3(fd, fd, 0));
    SHOW(dup3(fd, 53, O_APPEND));
    SHOW(fcntl(fd, F_DUPFD, 60));
    SHOW(fcntl(fd, F_DUPFD_CLOEXEC, 60));
    SHOW(fcntl(61, F_GETFD));
    SHOW(fcntl(61, F_SETFD, 0));
    SHOW(fcntl(61, F_GETFD));
    SHOW(fcntl(fd, F_DUPFD, 1 << 30));
    SHOW(fcntl(fd, 12345));
    SHOW(fcntl(99, F_GETFD));
    SHOW(close(61));
    SHOW(close(61));
    SHOW(close(-1));
    SHOW(syscall(SYS_close_range, 50, 60, 4));
    SHOW(fcntl(50, F_GETFD));
    SHOW(syscall(SYS_close_range, 50, 60, 0));
    SHOW(fcntl(50, F_GETFD));
    SHOW(syscall(SYS_close_range, 60, 50, 0));
    SHOW(syscall(SYS_close_range, 1000, 2000, 0));
    SHOW(syscall(SYS_close_range, 1000, 2000, 64));
    int lowest = dup(fd);
    HOLDS(lowest == copy + 1);
}
