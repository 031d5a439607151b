// SPDX-License-Identifier: BSD-3-Clause
// Hard and symbolic links.
#include <report.h>

int main(void) {
    own_folder();
    write_file("file", "x");
    mkdir("folder", 0755);
    SHOW(link("file", "hard"));
    SHOW(link("file", "hard"));
    SHOW(link("folder", "folder2"));
    SHOW(link("missing", "x"));
    struct stat s;
    stat("hard", &s);
    printf("links %ld\n", (long)s.st_nlink);
    unlink("file");
    stat("hard", &s);
    printf("links %ld\n", (long)s.st_nlink);
    SHOW(symlink("hard", "soft"));
    SHOW(symlink("hard", "soft"));
    SHOW(symlink("", "empty"));
    char text[64];
    memset(text, '.', sizeof text);
    SHOW(readlink("soft", text, sizeof text));
    printf("%.6s\n", text);
    SHOW(readlink("soft", text, 2));
    SHOW(readlink("soft", text, 0));
    SHOW(readlink("hard", text, sizeof text));
    SHOW(readlink("missing", text, sizeof text));
    SHOW(readlink("soft", BAD, 10));
    SHOW(linkat(AT_FDCWD, "soft", AT_FDCWD, "copy", 0));
    lstat("copy", &s);
    printf("copy is a link: %d\n", S_ISLNK(s.st_mode));
    SHOW(linkat(AT_FDCWD, "soft", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
    lstat("followed", &s);
    printf("followed is a link: %d\n", S_ISLNK(s.st_mode));
    symlink("folder", "to_folder");
    SHOW(mkdir("to_folder/inner", 0755));
    SHOW(stat("folder/inner", &s));
    SHOW(unlink("to_folder/"));
    SHOW(unlink("to_folder"));
    SHOW(symlink("../folder/../hard", "folder/up"));
    SHOW(access("folder/up", F_OK));
}
