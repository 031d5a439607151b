// SPDX-License-Identifier: BSD-3-Clause
// The end of a watched file comes with its last use, not with its name.
#include "events.h"

int main(void) {
    own_folder();
    int fd = inotify_init1(IN_NONBLOCK);
    write_file("file", "x");
    SHOW(inotify_add_watch(fd, "file", IN_DELETE_SELF | IN_ATTRIB | IN_CLOSE_WRITE));
    int file = open("file", O_WRONLY);
    unlink("file");
    show_events(fd, "unlink while open");
    close(file);
    show_events(fd, "close");
    write_file("file", "x");
    link("file", "second");
    SHOW(inotify_add_watch(fd, "file", IN_DELETE_SELF | IN_MOVE_SELF));
    unlink("file");
    show_events(fd, "unlink of one of two");
    rename("second", "third");
    show_events(fd, "rename of the other");
    unlink("third");
    show_events(fd, "unlink of the last");
    SHOW(inotify_rm_watch(fd, 2));
    mkdir("folder", 0755);
    SHOW(inotify_add_watch(fd, "folder", IN_DELETE_SELF | IN_MOVE_SELF));
    rename("folder", "moved");
    show_events(fd, "rename of a folder");
    rmdir("moved");
    show_events(fd, "rmdir");
}
