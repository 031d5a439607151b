// SPDX-License-Identifier: BSD-3-Clause
// stat, lstat, fstat, fstatat, statx agree with each other.
#include <report.h>
#include <sys/sysmacros.h>

static void show(const char* what, const struct stat* s) {
    printf("%s: type %o mode %o links %ld size %ld uid %d gid %d\n", what, s->st_mode & S_IFMT,
           s->st_mode & 07777, (long)s->st_nlink, (long)s->st_size, s->st_uid, s->st_gid);
}

int main(void) {
    own_folder();
    write_file("file", "12345");
    chmod("file", 0640);
    symlink("file", "link");
    link("file", "second");
    struct stat s;
    SHOW(stat("file", &s));
    show("file", &s);
    SHOW(stat("link", &s));
    show("link", &s);
    SHOW(lstat("link", &s));
    show("link itself", &s);
    SHOW(stat("/dev/null", &s));
    printf("null: type %o device %d %d\n", s.st_mode & S_IFMT, major(s.st_rdev), minor(s.st_rdev));
    int folder = open(".", O_RDONLY);
    SHOW(fstatat(folder, "file", &s, 0));
    SHOW(fstatat(folder, "", &s, 0));
    SHOW(fstatat(folder, "", &s, AT_EMPTY_PATH));
    printf("folder type %o\n", s.st_mode & S_IFMT);
    SHOW(fstatat(folder, "link", &s, AT_SYMLINK_NOFOLLOW));
    SHOW(fstatat(folder, "link", &s, 0x40000));
    SHOW(stat("missing", &s));
    SHOW(stat("file", BAD));
    SHOW(fstat(99, &s));
    struct statx x;
    SHOW(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &x));
    stat("file", &s);
    HOLDS(x.stx_ino == s.st_ino && x.stx_size == 5 && x.stx_nlink == 2);
    HOLDS(x.stx_mode == s.st_mode && (x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
    HOLDS(x.stx_dev_major == major(s.st_dev) && x.stx_dev_minor == minor(s.st_dev));
    SHOW(statx(AT_FDCWD, "file", 0, 0x80000000u, &x));
    SHOW(statx(AT_FDCWD, "file", 0x10000, 0, &x));
    SHOW(statx(AT_FDCWD, "missing", 0, 0, &x));
}
