// SPDX-License-Identifier: BSD-3-Clause
// What happens to a file, seen by a watch of it and by one of its folder.
#include <sys/xattr.h>

#include "events.h"

int main(void) {
    own_folder();
    int fd = inotify_init1(IN_NONBLOCK);
    SHOW(inotify_add_watch(fd, ".", IN_ALL_EVENTS));
    int file = open("file", O_CREAT | O_RDWR, 0644);
    show_events(fd, "create");
    SHOW(inotify_add_watch(fd, "file", IN_ALL_EVENTS));
    SHOW(inotify_add_watch(fd, "file", IN_ALL_EVENTS));
    write(file, "hello", 5);
    show_events(fd, "write");
    pwrite(file, "hello", 5, 0);
    pwrite(file, "hello", 5, 0);
    show_events(fd, "two writes");
    char c[8];
    pread(file, c, 5, 0);
    show_events(fd, "read");
    pread(file, c, 5, 100);
    show_events(fd, "read of nothing");
    ftruncate(file, 2);
    show_events(fd, "ftruncate");
    truncate("file", 1);
    show_events(fd, "truncate");
    fallocate(file, 0, 0, 100);
    show_events(fd, "fallocate");
    fchmod(file, 0600);
    chmod("file", 0640);
    show_events(fd, "chmod twice");
    chown("file", 0, 0);
    show_events(fd, "chown");
    struct timespec both[2] = {{1, 0}, {2, 0}}, first[2] = {{1, 0}, {0, UTIME_OMIT}},
                    second[2] = {{0, UTIME_OMIT}, {3, 0}};
    futimens(file, both);
    show_events(fd, "both times");
    futimens(file, first);
    show_events(fd, "time of access");
    utimensat(AT_FDCWD, "file", second, 0);
    show_events(fd, "time of change");
    setxattr("file", "user.a", "b", 1, 0);
    show_events(fd, "setxattr");
    removexattr("file", "user.a");
    show_events(fd, "removexattr");
    link("file", "second");
    show_events(fd, "link");
    unlink("second");
    show_events(fd, "unlink of a link");
    close(file);
    show_events(fd, "close");
    close(open("file", O_RDONLY));
    show_events(fd, "open and close");
    close(open("file", O_PATH));
    show_events(fd, "O_PATH");
    struct stat s;
    stat("file", &s);
    show_events(fd, "stat");
    unlink("file");
    show_events(fd, "unlink");
}
