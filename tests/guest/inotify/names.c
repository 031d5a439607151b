// SPDX-License-Identifier: BSD-3-Clause
// What happens to names: creating, renaming, removing files and folders.
#include <dirent.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "events.h"

int main(void) {
    own_folder();
    mkdir("a", 0755);
    mkdir("b", 0755);
    int fd = inotify_init1(IN_NONBLOCK);
    SHOW(inotify_add_watch(fd, "a", IN_ALL_EVENTS));
    SHOW(inotify_add_watch(fd, "b", IN_ALL_EVENTS));
    mkdir("a/folder", 0755);
    symlink("x", "a/link");
    mkfifo("a/fifo", 0600);
    mknod("a/node", S_IFREG | 0600, 0);
    show_events(fd, "creating");
    rename("a/node", "a/other");
    show_events(fd, "rename in a folder");
    rename("a/other", "b/elsewhere");
    show_events(fd, "rename to another folder");
    rename("a/folder", "b/folder");
    show_events(fd, "rename of a folder");
    write_file("b/target", "x");
    show_events(fd, "writing");
    SHOW(inotify_add_watch(fd, "b/elsewhere", IN_ALL_EVENTS));
    SHOW(inotify_add_watch(fd, "b/target", IN_ALL_EVENTS));
    rename("b/elsewhere", "b/target");
    show_events(fd, "rename over another");
    write_file("a/one", "1");
    show_events(fd, "writing");
    renameat2(AT_FDCWD, "a/one", AT_FDCWD, "b/target", RENAME_EXCHANGE);
    show_events(fd, "exchange");
    rename("a/nothing", "a/more");
    rename("a/link", "a/link");
    show_events(fd, "renames that do nothing");
    SHOW(inotify_add_watch(fd, "b/folder", IN_ALL_EVENTS));
    rmdir("b/folder");
    show_events(fd, "rmdir");
    closedir(opendir("a"));
    show_events(fd, "opendir");
    DIR* folder = opendir("a");
    while (readdir(folder))
        ;
    closedir(folder);
    show_events(fd, "readdir");
    rename("a", "c");
    show_events(fd, "rename of the watched folder");
    unlink("c/fifo");
    unlink("c/link");
    unlink("c/one");
    show_events(fd, "unlinks");
    rmdir("c");
    show_events(fd, "rmdir of the watched folder");
}
