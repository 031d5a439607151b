// SPDX-License-Identifier: BSD-3-Clause
// openat2(2): the ways in which a path may not be resolved, and its checks of the structure.
#include <linux/openat2.h>
#include <report.h>

static long try_open(int dir, const char* path, uint64_t flags, uint64_t resolve) {
    struct open_how how = {.flags = flags, .resolve = resolve};
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd >= 0)
        close((int)fd);
    return fd >= 0 ? 0 : fd;
}

int main(void) {
    own_folder();
    mkdir("in", 0755);
    mkdir("in/deep", 0755);
    write_file("in/file", "x");
    write_file("out", "x");
    symlink("file", "in/link");
    symlink("../out", "in/leaves");
    symlink("/file", "in/absolute");
    symlink("deep", "in/folder");
    symlink("../file", "in/deep/up");
    symlink("/proc/self/fd/0", "in/magic");
    int in = open("in", O_PATH | O_DIRECTORY);
    static const struct {
        uint64_t bits;
        const char* name;
    } ways[] = {{0, "plainly"},
                {RESOLVE_NO_SYMLINKS, "NO_SYMLINKS"},
                {RESOLVE_NO_MAGICLINKS, "NO_MAGICLINKS"},
                {RESOLVE_BENEATH, "BENEATH"},
                {RESOLVE_IN_ROOT, "IN_ROOT"}};
    static const char* const paths[] = {
        "file",           "link",          "leaves", "absolute", "folder",     "deep/up", "../out",
        "/file",          "deep/../file",  "..",     ".",        "deep/../..", "magic",   "none",
        "folder/../file", "/proc/self/exe"};
    for (unsigned w = 0; w < sizeof ways / sizeof ways[0]; ++w)
        for (unsigned p = 0; p < sizeof paths / sizeof paths[0]; ++p) {
            errno = 0;
            long outcome = try_open(in, paths[p], O_RDONLY, ways[w].bits);
            printf("%s %s: %s\n", ways[w].name, paths[p], outcome ? strerrorname_np(errno) : "0");
        }
    SHOW(try_open(in, "link", O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS));
    SHOW(try_open(in, "file", O_RDONLY, RESOLVE_BENEATH | RESOLVE_IN_ROOT));
    SHOW(try_open(in, "file", O_RDONLY, 0x40));
    SHOW(try_open(in, "file", O_RDONLY, RESOLVE_CACHED | O_CREAT));
    SHOW(try_open(in, "new", O_CREAT | O_RDWR, RESOLVE_CACHED));
    SHOW(try_open(in, "new", O_CREAT | O_RDWR, RESOLVE_BENEATH));
    SHOW(try_open(in, "file", 1ull << 40, 0));
    SHOW(try_open(in, "file", O_PATH | O_CREAT, 0));
    SHOW(try_open(AT_FDCWD, "in/file", O_RDONLY, RESOLVE_BENEATH));
    SHOW(try_open(-1, "file", O_RDONLY, 0));
    struct {
        struct open_how how;
        uint64_t more;
    } larger = {{.flags = O_RDONLY}, 0};
    SHOW(syscall(SYS_openat2, in, "none", &larger, sizeof larger));
    larger.more = 1;
    SHOW(syscall(SYS_openat2, in, "none", &larger, sizeof larger));
    SHOW(syscall(SYS_openat2, in, "none", &larger, 8));
    SHOW(syscall(SYS_openat2, in, "none", &larger, 0));
    SHOW(syscall(SYS_openat2, in, "none", BAD, sizeof(struct open_how)));
    SHOW(syscall(SYS_openat2, in, BAD, &larger, sizeof(struct open_how)));
    larger.how.mode = 0644;
    SHOW(syscall(SYS_openat2, in, "none", &larger, sizeof(struct open_how)));
    larger.how.flags = O_CREAT;
    larger.how.mode = 010000;
    SHOW(syscall(SYS_openat2, in, "none", &larger, sizeof(struct open_how)));
}
