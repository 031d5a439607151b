// SPDX-License-Identifier: BSD-3-Clause
// mkdir, rmdir, unlink and what they refuse.
#include <report.h>

int main(void) {
    own_folder();
    SHOW(mkdir("a", 0777));
    SHOW(mkdir("a", 0777));
    SHOW(mkdir("a/b/c", 0777));
    SHOW(mkdir("a/b/", 0777));
    SHOW(mkdir("", 0777));
    SHOW(mkdir(".", 0777));
    SHOW(mkdir("/", 0777));
    write_file("a/file", "");
    SHOW(mkdir("a/file", 0777));
    SHOW(mkdir("a/file/x", 0777));
    SHOW(rmdir("a"));
    SHOW(rmdir("a/file"));
    SHOW(rmdir("missing"));
    SHOW(rmdir("a/."));
    SHOW(rmdir("a/b/.."));
    SHOW(unlink("a"));
    SHOW(unlink("missing"));
    SHOW(unlink("a/file/"));
    SHOW(unlinkat(AT_FDCWD, "a/b", AT_REMOVEDIR));
    SHOW(unlinkat(AT_FDCWD, "a/file", 0));
    SHOW(unlinkat(AT_FDCWD, "a", 0x1000));
    struct stat s;
    stat("a", &s);
    HOLDS(s.st_nlink >= 1);
    SHOW(rmdir("a"));
    SHOW(stat("a", &s));
    SHOW(rmdir("/"));
}
