// SPDX-License-Identifier: BSD-3-Clause
// open(2): what each kind of bad argument is answered with.
#include <report.h>

int main(void) {
    own_folder();
    write_file("file", "text");
    mkdir("folder", 0755);
    symlink("loop", "loop");
    symlink("nowhere", "dangling");
    SHOW(open("missing", O_RDONLY));
    SHOW(open("", O_RDONLY));
    SHOW(open("file/below", O_RDONLY));
    SHOW(open("missing/below", O_RDONLY));
    SHOW(open("folder", O_WRONLY));
    SHOW(open("folder", O_RDWR));
    SHOW(open("folder/", O_CREAT | O_WRONLY, 0644));
    SHOW(open("file/", O_RDONLY));
    SHOW(open("file", O_RDONLY | O_DIRECTORY));
    SHOW(open("file", O_CREAT | O_EXCL | O_RDWR, 0644));
    SHOW(open("dangling", O_RDONLY));
    SHOW(open("dangling", O_CREAT | O_EXCL | O_RDWR, 0644));
    SHOW(open("dangling", O_RDONLY | O_NOFOLLOW));
    SHOW(open("loop", O_RDONLY));
    SHOW(open(BAD, O_RDONLY));
    SHOW(open(NULL, O_RDONLY));
    static char longer[5000];
    memset(longer, 'a', sizeof longer - 1);
    SHOW(open(longer, O_RDONLY));
    longer[300] = 0;
    SHOW(open(longer, O_RDONLY));
    SHOW(openat(77, "file", O_RDONLY));
    WORKS(openat(77, "/dev/null", O_RDONLY));
    int fd = open("file", O_RDONLY);
    SHOW(openat(fd, "below", O_RDONLY));
    WORKS(open("dangling", O_CREAT | O_RDWR, 0644));
    WORKS(open("nowhere", O_RDONLY));
}
