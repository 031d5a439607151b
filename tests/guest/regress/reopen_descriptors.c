// SPDX-License-Identifier: BSD-3-Clause
// /proc/self/fd/N of a pipe or another object without a name can be opened and looked at: programs
// write to /dev/stdout. (The kernel once said ENOENT, and EPERM with O_CREAT.)
#include <report.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

static char name[64];
static const char* link_of(int fd) {
    sprintf(name, "/proc/self/fd/%d", fd);
    return name;
}

int main(void) {
    int fresh = open("/dev/stdout", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    HOLDS(fresh >= 0);
    fflush(stdout);
    SHOW(write(fresh, "through /dev/stdout\n", 20));
    SHOW(access("/dev/stdout", W_OK));
    SHOW(open("/dev/stdout", O_WRONLY | O_CREAT | O_EXCL, 0666));

    int ends[2], more, fd;
    char text[16] = "";
    struct stat a, b;
    SHOW(pipe(ends));
    more = open(link_of(ends[1]), O_WRONLY | O_TRUNC);
    close(ends[1]);
    SHOW(write(more, "abc", 3));
    SHOW(read(ends[0], text, sizeof text));
    HOLDS(stat(link_of(more), &a) == 0 && fstat(more, &b) == 0);
    HOLDS(S_ISFIFO(a.st_mode) && a.st_ino == b.st_ino);
    HOLDS(readlink(link_of(more), text, sizeof text) > 6 && memcmp(text, "pipe:[", 6) == 0);
    fd = open(link_of(more), O_RDONLY);  // a reader of the same pipe by the writer's name
    SHOW(write(more, "xy", 2));
    SHOW(read(fd, text, sizeof text));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(open(link_of(more), O_RDONLY | O_NOFOLLOW));
    SHOW(open(link_of(more), O_RDONLY | O_DIRECTORY));

    int memory = memfd_create("m", 0);
    SHOW(write(memory, "12345", 5));
    fd = open(link_of(memory), O_RDWR);
    SHOW(read(fd, text, 3));
    SHOW(lseek(memory, 0, SEEK_CUR));
    close(open(link_of(memory), O_RDWR | O_TRUNC));
    HOLDS(stat(link_of(memory), &a) == 0 && a.st_size == 0);

    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    SHOW(open(link_of(ends[0]), O_RDWR));
    HOLDS(stat(link_of(ends[0]), &a) == 0 && S_ISSOCK(a.st_mode));
    SHOW(open(link_of(eventfd(0, 0)), O_RDWR));
}
