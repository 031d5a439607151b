// SPDX-License-Identifier: BSD-3-Clause
// Flags of inotify_add_watch, errors, removing.
#include "events.h"

int main(void) {
    own_folder();
    SHOW(inotify_init1(0x1));
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    printf("%x\n", fcntl(fd, F_GETFD));
    printf("%x\n", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
    write_file("file", "x");
    symlink("file", "link");
    mkdir("folder", 0755);
    SHOW(inotify_add_watch(fd, "file", 0));
    SHOW(inotify_add_watch(fd, "missing", IN_OPEN));
    SHOW(inotify_add_watch(fd, BAD, IN_OPEN));
    SHOW(inotify_add_watch(fd, "file", IN_OPEN | IN_ONLYDIR));
    SHOW(inotify_add_watch(fd, "file", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE));
    SHOW(inotify_add_watch(99, "file", IN_OPEN));
    SHOW(inotify_add_watch(0, "file", IN_OPEN));
    SHOW(inotify_rm_watch(fd, 1));
    SHOW(inotify_rm_watch(99, 1));
    SHOW(inotify_rm_watch(0, 1));
    SHOW(inotify_add_watch(fd, "file", IN_OPEN));
    SHOW(inotify_add_watch(fd, "file", IN_OPEN | IN_MASK_CREATE));
    close(open("file", O_RDONLY));
    show_events(fd, "open only");
    SHOW(inotify_add_watch(fd, "link", IN_CLOSE_NOWRITE | IN_MASK_ADD));
    close(open("file", O_RDONLY));
    show_events(fd, "close added");
    SHOW(inotify_add_watch(fd, "file", IN_ACCESS));
    close(open("file", O_RDONLY));
    show_events(fd, "replaced");
    SHOW(inotify_add_watch(fd, "link", IN_ATTRIB | IN_DELETE_SELF | IN_DONT_FOLLOW));
    unlink("link");
    show_events(fd, "unlink of the link itself");
    SHOW(inotify_add_watch(fd, "folder", IN_CREATE | IN_ONLYDIR | IN_ONESHOT));
    write_file("folder/a", "1");
    write_file("folder/b", "1");
    show_events(fd, "one shot");
    SHOW(inotify_rm_watch(fd, 3));
    SHOW(inotify_rm_watch(fd, 1));
    show_events(fd, "removed");
    char room[16];
    SHOW(inotify_add_watch(fd, "folder", IN_CREATE));
    SHOW(read(fd, room, sizeof room));
    write_file("folder/name", "1");
    SHOW(read(fd, room, sizeof room));
    int bytes;
    SHOW(ioctl(fd, FIONREAD, &bytes));
    printf("%d\n", bytes);
    SHOW(read(fd, BAD, 100));
    SHOW(write(fd, room, 1));
    SHOW(lseek(fd, 0, SEEK_SET));
    // Events of a file whose name is gone
    SHOW(inotify_add_watch(fd, "folder", IN_MODIFY));
    int file = open("folder/name", O_WRONLY);
    show_events(fd, "before");
    unlink("folder/name");
    write(file, "x", 1);
    show_events(fd, "written after unlink");
    SHOW(inotify_add_watch(fd, "folder", IN_MODIFY | IN_CLOSE | IN_EXCL_UNLINK));
    write(file, "x", 1);
    close(file);
    show_events(fd, "and with IN_EXCL_UNLINK");
}
