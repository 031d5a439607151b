// SPDX-License-Identifier: BSD-3-Clause
// access(2), chmod(2), chown(2) as root.
#include <report.h>

int main(void) {
    own_folder();
    write_file("file", "");
    struct stat s;
    SHOW(chmod("file", 0));
    SHOW(access("file", R_OK | W_OK));
    SHOW(access("file", X_OK));
    SHOW(chmod("file", 0010));
    SHOW(access("file", X_OK));
    SHOW(access("missing", F_OK));
    SHOW(access("file", 8));
    SHOW(chmod("file", 07777));
    stat("file", &s);
    printf("%o\n", s.st_mode & 07777);
    SHOW(chown("file", 12, 34));
    stat("file", &s);
    printf("%d %d %o\n", s.st_uid, s.st_gid, s.st_mode & 07777);
    SHOW(chown("file", -1, 56));
    stat("file", &s);
    printf("%d %d\n", s.st_uid, s.st_gid);
    int fd = open("file", O_RDWR);
    SHOW(fchmod(fd, 0600));
    SHOW(fchown(fd, 1, -1));
    fstat(fd, &s);
    printf("%o %d\n", s.st_mode & 07777, s.st_uid);
    SHOW(chmod("missing", 0));
    SHOW(fchmod(99, 0));
    symlink("file", "link");
    SHOW(lchown("link", 7, 8));
    lstat("link", &s);
    printf("%d %d\n", s.st_uid, s.st_gid);
    SHOW(faccessat(AT_FDCWD, "link", R_OK, AT_SYMLINK_NOFOLLOW));
}
