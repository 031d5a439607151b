// SPDX-License-Identifier: BSD-3-Clause
// POLL_ADD once and many times, POLL_REMOVE with and without changes, cancelling, the ring's own
// descriptor in poll, an eventfd that tells.
#include <sys/eventfd.h>

#include "ring.h"

static int events_of(int fd) {
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    poll(&p, 1, 0);
    return p.revents;
}

int main(void) {
    struct ring r = {0};
    ring_open(&r, 16, 0);
    int ends[2], told = eventfd(0, EFD_NONBLOCK);
    char c[8];
    uint64_t count;
    pipe(ends);
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_EVENTFD, &told, 1));
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_EVENTFD, &told, 1));
    next_sqe(&r, IORING_OP_POLL_ADD, ends[1], 1)->poll32_events = POLLOUT;
    show_completions(&r, "now", 1);
    SHOW(read(told, &count, 8));
    printf("%x\n", events_of(r.fd));
    next_sqe(&r, IORING_OP_POLL_ADD, ends[0], 1)->poll32_events = POLLIN;
    ring_enter(&r, 0);
    SHOW(read(told, &count, 8));
    printf("%x\n", events_of(r.fd));
    write(ends[1], "x", 1);
    struct pollfd p = {r.fd, POLLIN, 0};
    SHOW(poll(&p, 1, -1));
    show_completions(&r, "later", 1);
    read(ends[0], c, 1);
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_UNREGISTER_EVENTFD, NULL, 0));
    // Many times
    struct io_uring_sqe* sqe = next_sqe(&r, IORING_OP_POLL_ADD, ends[0], 5);
    sqe->poll32_events = POLLIN;
    sqe->len = IORING_POLL_ADD_MULTI;
    ring_enter(&r, 0);
    for (int i = 0; i < 3; ++i) {
        write(ends[1], "x", 1);
        show_completions(&r, "again", 1);
        read(ends[0], c, 1);
    }
    sqe = next_sqe(&r, IORING_OP_POLL_REMOVE, -1, 6);
    sqe->addr = 5;
    show_completions(&r, "removed", 2);
    sqe = next_sqe(&r, IORING_OP_POLL_REMOVE, -1, 6);
    sqe->addr = 5;
    show_completions(&r, "not there", 1);
    // Another user_data, then other events
    next_sqe(&r, IORING_OP_POLL_ADD, ends[0], 1)->poll32_events = POLLIN;
    ring_enter(&r, 0);
    sqe = next_sqe(&r, IORING_OP_POLL_REMOVE, -1, 2);
    sqe->addr = 1;
    sqe->off = 11;
    sqe->len = IORING_POLL_UPDATE_USER_DATA;
    show_completions(&r, "renamed", 1);
    write(ends[1], "x", 1);
    show_completions(&r, "with the new name", 1);
    read(ends[0], c, 1);
    // Cancelling
    rw_sqe(&r, IORING_OP_READ, ends[0], c, 1, 0, 1);
    next_sqe(&r, IORING_OP_POLL_ADD, ends[0], 2)->poll32_events = POLLIN;
    ring_enter(&r, 0);
    next_sqe(&r, IORING_OP_ASYNC_CANCEL, -1, 3)->addr = 1;
    show_completions(&r, "cancel", 2);
    next_sqe(&r, IORING_OP_ASYNC_CANCEL, -1, 3)->addr = 1;
    show_completions(&r, "cancel again", 1);
    rw_sqe(&r, IORING_OP_READ, ends[0], c, 1, 0, 1);
    ring_enter(&r, 0);
    next_sqe(&r, IORING_OP_ASYNC_CANCEL, ends[0], 3)->cancel_flags =
        IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL;
    show_completions(&r, "cancel all of a descriptor", 3);
    next_sqe(&r, IORING_OP_ASYNC_CANCEL, -1, 3)->cancel_flags = IORING_ASYNC_CANCEL_ANY;
    show_completions(&r, "cancel any", 1);
    next_sqe(&r, IORING_OP_POLL_ADD, ends[0], 2)->poll32_events = POLLIN;
    ring_enter(&r, 0);
    close(ends[1]);
    show_completions(&r, "hung up", 1);
}
