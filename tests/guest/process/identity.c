// SPDX-License-Identifier: BSD-3-Clause
// User and group numbers as root changes them; capabilities.
#include <grp.h>
#include <report.h>
#include <sys/fsuid.h>

static void show(void) {
    uid_t r, e, s;
    getresuid(&r, &e, &s);
    gid_t a, b, c;
    getresgid(&a, &b, &c);
    printf("uid %d %d %d gid %d %d %d\n", r, e, s, a, b, c);
}

int main(void) {
    show();
    gid_t groups[3] = {5, 6, 7}, got[10];
    SHOW(setgroups(3, groups));
    SHOW(getgroups(0, NULL));
    SHOW(getgroups(10, got));
    printf("%d %d %d\n", got[0], got[1], got[2]);
    SHOW(getgroups(2, got));
    SHOW(syscall(SYS_setresgid, 10, 11, 12));
    show();
    SHOW(syscall(SYS_setregid, -1, 10));
    show();
    SHOW(syscall(SYS_setfsuid, -1));
    SHOW(syscall(SYS_setresuid, 1000, -1, -1));
    show();
    SHOW(syscall(SYS_setresuid, 1001, 1002, 1003));
    show();
    SHOW(syscall(SYS_setuid, 0));
    SHOW(syscall(SYS_setresuid, 1003, 1001, 1002));
    show();
    SHOW(setgroups(0, NULL));
    SHOW(syscall(SYS_setgid, 0));
    SHOW(syscall(SYS_setuid, 1003));
    show();
}
