// SPDX-License-Identifier: BSD-3-Clause
// utimensat(2): exact times, now, omit, and refusals.
#include <report.h>
#include <sys/time.h>
#include <utime.h>

static void show(const char* name) {
    struct stat s;
    lstat(name, &s);
    printf("%ld.%09ld %ld.%09ld\n", (long)s.st_atim.tv_sec, s.st_atim.tv_nsec,
           (long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}

int main(void) {
    own_folder();
    write_file("file", "");
    struct timespec t[2] = {{1000, 5}, {2000, 999999999}};
    SHOW(utimensat(AT_FDCWD, "file", t, 0));
    show("file");
    t[0].tv_nsec = UTIME_OMIT;
    t[1].tv_sec = 3000, t[1].tv_nsec = 7;
    SHOW(utimensat(AT_FDCWD, "file", t, 0));
    show("file");
    t[1].tv_nsec = 1000000000;
    SHOW(utimensat(AT_FDCWD, "file", t, 0));
    t[1].tv_nsec = UTIME_NOW;
    SHOW(utimensat(AT_FDCWD, "file", t, 0));
    struct stat s;
    stat("file", &s);
    HOLDS(labs((long)(time(NULL) - s.st_mtime)) < 300);
    struct timeval v[2] = {{11, 22}, {33, 44}};
    SHOW(utimes("file", v));
    show("file");
    struct utimbuf u = {55, 66};
    SHOW(utime("file", &u));
    show("file");
    int fd = open("file", O_RDWR);
    struct timespec f[2] = {{77, 0}, {88, 0}};
    SHOW(futimens(fd, f));
    show("file");
    symlink("file", "link");
    SHOW(utimensat(AT_FDCWD, "link", f, AT_SYMLINK_NOFOLLOW));
    show("link");
    SHOW(utimensat(AT_FDCWD, "missing", f, 0));
    SHOW(utimensat(AT_FDCWD, "file", BAD, 0));
    SHOW(utimensat(AT_FDCWD, "file", f, 0x8000000));
}
