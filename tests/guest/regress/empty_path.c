// SPDX-License-Identifier: BSD-3-Clause
// AT_EMPTY_PATH with descriptors that are in no filesystem. linkat(2) once followed a place that is
// not there.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../report.h"

static void try_all(const char* what, int fd) {
    struct stat s;
    struct statx x;
    printf("-- %s\n", what);
    WORKS(linkat(fd, "", AT_FDCWD, "new", AT_EMPTY_PATH));
    WORKS(syscall(SYS_newfstatat, fd, "", &s, AT_EMPTY_PATH));
    WORKS(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &x));
    WORKS(syscall(SYS_faccessat2, fd, "", R_OK, AT_EMPTY_PATH));
    WORKS(syscall(SYS_utimensat, fd, "", NULL, AT_EMPTY_PATH | AT_SYMLINK_FOLLOW));
    WORKS(syscall(SYS_readlinkat, fd, "", &x, 10));
    WORKS(syscall(SYS_openat, fd, "x", O_RDONLY));
}

int main(void) {
    int ends[2], pair[2];
    own_folder();
    pipe(ends);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    try_all("pipe", ends[0]);
    try_all("socket", pair[0]);
    try_all("event", eventfd(0, 0));
    try_all("epoll", epoll_create1(0));
    try_all("memory", memfd_create("m", 0));
    try_all("nothing", 99);
    return 0;
}
