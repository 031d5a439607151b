// SPDX-License-Identifier: BSD-3-Clause
// Pipes of packets (pipe2 with O_DIRECT): borders are kept, what has no room is dropped.
#include <poll.h>
#include <report.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static int ends[2];
static char buffer[10000];

static void read_some(size_t room) {
    memset(buffer, 0, sizeof buffer);
    errno = 0;
    long n = read(ends[0], buffer, room);
    if (n < 0)
        printf("read %zu: %s\n", room, strerrorname_np(errno));
    else
        printf("read %zu: %ld %.12s\n", room, n, buffer);
}

static short events(int fd) {
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    poll(&p, 1, 0);
    return p.revents;
}

int main(void) {
    SHOW(pipe2(ends, O_DIRECT | O_NONBLOCK));
    SHOW(fcntl(ends[1], F_GETFL));
    SHOW(fcntl(ends[0], F_GETFL));
    SHOW(write(ends[1], "first", 5));
    SHOW(write(ends[1], "second one", 10));
    SHOW(write(ends[1], "", 0));
    SHOW(write(ends[1], "third", 5));
    int waiting;
    SHOW(ioctl(ends[0], FIONREAD, &waiting));
    printf("%d bytes wait\n", waiting);
    read_some(100);
    read_some(6);
    read_some(0);
    read_some(100);
    read_some(100);

    // A scattered write is one packet, a scattered read takes one.
    struct iovec parts[] = {{"ab", 2}, {"cdef", 4}, {"g", 1}};
    SHOW(writev(ends[1], parts, 3));
    SHOW(write(ends[1], "h", 1));
    char a[3] = "", b[9] = "";
    struct iovec into[] = {{a, 2}, {b, 8}};
    SHOW(readv(ends[0], into, 2));
    printf("%s %s\n", a, b);
    read_some(10);

    // More than PIPE_BUF: several packets
    static char big[9000];
    memset(big, 'x', sizeof big);
    SHOW(write(ends[1], big, sizeof big));
    read_some(sizeof buffer);
    read_some(sizeof buffer);
    read_some(sizeof buffer);
    read_some(sizeof buffer);

    // However small, sixteen of them fill it.
    SHOW(fcntl(ends[0], F_GETPIPE_SZ));
    int count = 0;
    while (write(ends[1], "y", 1) == 1)
        ++count;
    printf("%d packets, %s\n", count, strerrorname_np(errno));
    printf("writer %x\n", events(ends[1]));
    read_some(1);
    printf("writer %x\n", events(ends[1]));
    while (read(ends[0], buffer, 1) == 1)
        ;

    // Switched off: a read stops at the end of the packet all the same.
    SHOW(write(ends[1], "packet", 6));
    SHOW(fcntl(ends[1], F_SETFL, O_NONBLOCK));
    SHOW(write(ends[1], "str", 3));
    SHOW(write(ends[1], "eam", 3));
    read_some(4);
    read_some(4);
    read_some(100);
    read_some(100);

    SHOW(fcntl(ends[1], F_SETFL, O_DIRECT));
    SHOW(write(ends[1], BAD, 4));
    SHOW(write(ends[1], "fault", 5));
    SHOW(read(ends[0], BAD, 5));
    read_some(2);
    close(ends[1]);
    read_some(100);
    SHOW(pipe2(ends, O_APPEND));
    SHOW(syscall(SYS_pipe2, BAD, O_DIRECT));
}
