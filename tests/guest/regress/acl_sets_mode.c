// SPDX-License-Identifier: BSD-3-Clause
// The access ACL of owner, group and others alone is the file's mode: `cp -a` copies modes that
// way. (The kernel once kept it like any attribute, and copies stayed at 0600.)
#include <report.h>
#include <sys/xattr.h>

struct acl {
    uint32_t version;
    struct {
        uint16_t tag, permissions;
        uint32_t id;
    } entries[3];
};

static unsigned mode_of(const char* name) {
    struct stat s;
    stat(name, &s);
    return s.st_mode & 07777;
}

int main(void) {
    own_folder();
    write_file("file", "");
    chmod("file", 04600);
    struct acl acl = {2, {{1, 6, -1u}, {4, 5, -1u}, {32, 4, -1u}}};
    SHOW(setxattr("file", "system.posix_acl_access", &acl, sizeof acl, 0));
    printf("mode %o\n", mode_of("file"));
    SHOW(getxattr("file", "system.posix_acl_access", NULL, 0));
    SHOW(listxattr("file", NULL, 0));
    SHOW(setxattr("file", "system.posix_acl_access", &acl, sizeof acl - 1, 0));
    SHOW(setxattr("file", "system.posix_acl_access", &acl, sizeof acl - sizeof acl.entries[0], 0));
    acl.entries[1].permissions = 9;
    SHOW(setxattr("file", "system.posix_acl_access", &acl, sizeof acl, 0));
    acl.version = 3;
    SHOW(setxattr("file", "system.posix_acl_access", &acl, sizeof acl, 0));
    SHOW(setxattr("file", "system.nonsense", "x", 1, 0));
    printf("mode %o\n", mode_of("file"));
}
