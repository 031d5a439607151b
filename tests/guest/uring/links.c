// SPDX-License-Identifier: BSD-3-Clause
// Links, hard links, drains, skipped completions, and the time of a link.
#include "ring.h"

static struct __kernel_timespec soon = {0, 20000000}, late = {100, 0};

int main(void) {
    own_folder();
    struct ring r = {0};
    ring_open(&r, 16, 0);
    int fd = open("file", O_RDWR | O_CREAT, 0644), ends[2];
    pipe(ends);
    char a[8] = "", b[8] = "";
    rw_sqe(&r, IORING_OP_WRITE, fd, "12345", 5, 0, 1)->flags = IOSQE_IO_LINK;
    rw_sqe(&r, IORING_OP_READ, fd, a, 5, 0, 2)->flags = IOSQE_IO_LINK;
    rw_sqe(&r, IORING_OP_WRITE, ends[1], a, 5, 0, 3)->flags = IOSQE_IO_LINK;
    rw_sqe(&r, IORING_OP_READ, ends[0], b, 5, 0, 4);
    show_completions(&r, "chain", 4);
    printf("%s %s\n", a, b);
    rw_sqe(&r, IORING_OP_READ, fd, a, 8, 0, 1)->flags = IOSQE_IO_LINK;
    next_sqe(&r, IORING_OP_NOP, -1, 2)->flags = IOSQE_IO_LINK;
    next_sqe(&r, IORING_OP_NOP, -1, 3);
    next_sqe(&r, IORING_OP_NOP, -1, 4);
    show_completions(&r, "short read", 4);
    rw_sqe(&r, IORING_OP_READ, 99, a, 8, 0, 1)->flags = IOSQE_IO_HARDLINK;
    next_sqe(&r, IORING_OP_NOP, -1, 2);
    show_completions(&r, "hard link", 2);
    next_sqe(&r, IORING_OP_NOP, -1, 1)->flags = IOSQE_IO_LINK;
    next_sqe(&r, 200, -1, 2)->flags = IOSQE_IO_LINK;
    next_sqe(&r, IORING_OP_NOP, -1, 3);
    show_completions(&r, "bad one in a chain", 2);
    ring_enter(&r, 1);
    show_completions(&r, "what was left", 0);
    // A link that has to wait in the middle
    rw_sqe(&r, IORING_OP_READ, ends[0], a, 3, 0, 1)->flags = IOSQE_IO_LINK;
    rw_sqe(&r, IORING_OP_WRITE, fd, a, 3, 0, 2);
    ring_enter(&r, 0);
    write(ends[1], "xyz", 3);
    show_completions(&r, "waiting chain", 2);
    pread(fd, b, 3, 0);
    printf("%.3s\n", b);
    // Drains
    rw_sqe(&r, IORING_OP_READ, ends[0], a, 3, 0, 1);
    next_sqe(&r, IORING_OP_NOP, -1, 2)->flags = IOSQE_IO_DRAIN;
    next_sqe(&r, IORING_OP_NOP, -1, 3);
    ring_enter(&r, 0);
    printf("%u completions\n", *WORD(&r, cq_off.tail) - *WORD(&r, cq_off.head));
    write(ends[1], "abc", 3);
    show_completions(&r, "drained", 3);
    next_sqe(&r, IORING_OP_NOP, -1, 1)->flags = IOSQE_CQE_SKIP_SUCCESS;
    next_sqe(&r, IORING_OP_NOP, -1, 2);
    rw_sqe(&r, IORING_OP_READ, 99, a, 3, 0, 3)->flags = IOSQE_CQE_SKIP_SUCCESS;
    show_completions(&r, "skipped", 2);
    // Time for a link
    rw_sqe(&r, IORING_OP_READ, ends[0], a, 3, 0, 1)->flags = IOSQE_IO_LINK;
    rw_sqe(&r, IORING_OP_LINK_TIMEOUT, -1, &soon, 1, 0, 2);
    show_completions(&r, "too late", 2);
    rw_sqe(&r, IORING_OP_READ, fd, a, 3, 0, 1)->flags = IOSQE_IO_LINK;
    rw_sqe(&r, IORING_OP_LINK_TIMEOUT, -1, &late, 1, 0, 2);
    show_completions(&r, "in time", 2);
    rw_sqe(&r, IORING_OP_LINK_TIMEOUT, -1, &late, 1, 0, 1);
    show_completions(&r, "not in a chain", 1);
}
