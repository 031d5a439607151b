// SPDX-License-Identifier: BSD-3-Clause
// Timeouts by time and by count, removing and changing them, and waiting with a limit.
#include "ring.h"

static struct __kernel_timespec soon = {0, 20000000}, late = {100, 0}, bad = {0, 2000000000};

int main(void) {
    struct ring r = {0};
    ring_open(&r, 16, 0);
    int64_t before = now_ns();
    rw_sqe(&r, IORING_OP_TIMEOUT, -1, &soon, 1, 0, 1);
    show_completions(&r, "time", 1);
    HOLDS(now_ns() - before >= 20000000);
    rw_sqe(&r, IORING_OP_TIMEOUT, -1, &late, 1, 2, 9);
    next_sqe(&r, IORING_OP_NOP, -1, 1);
    next_sqe(&r, IORING_OP_NOP, -1, 2);
    show_completions(&r, "count", 3);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct __kernel_timespec at = {now.tv_sec, now.tv_nsec};
    rw_sqe(&r, IORING_OP_TIMEOUT, -1, &at, 1, 0, 1)->timeout_flags = IORING_TIMEOUT_ABS;
    show_completions(&r, "absolute", 1);
    clock_gettime(CLOCK_REALTIME, &now);
    at.tv_sec = now.tv_sec;
    rw_sqe(&r, IORING_OP_TIMEOUT, -1, &at, 1, 0, 1)->timeout_flags =
        IORING_TIMEOUT_ABS | IORING_TIMEOUT_REALTIME;
    show_completions(&r, "real time", 1);
    rw_sqe(&r, IORING_OP_TIMEOUT, -1, &late, 1, 0, 1);
    ring_enter(&r, 0);
    struct io_uring_sqe* sqe = next_sqe(&r, IORING_OP_TIMEOUT_REMOVE, -1, 2);
    sqe->addr = 1;
    show_completions(&r, "removed", 2);
    sqe = next_sqe(&r, IORING_OP_TIMEOUT_REMOVE, -1, 2);
    sqe->addr = 77;
    show_completions(&r, "not there", 1);
    rw_sqe(&r, IORING_OP_TIMEOUT, -1, &late, 1, 0, 1);
    ring_enter(&r, 0);
    sqe = next_sqe(&r, IORING_OP_TIMEOUT_REMOVE, -1, 2);
    sqe->addr = 1;
    sqe->off = (uint64_t)&soon;
    sqe->timeout_flags = IORING_TIMEOUT_UPDATE;
    show_completions(&r, "changed", 2);
    rw_sqe(&r, IORING_OP_TIMEOUT, -1, BAD, 1, 0, 1);
    rw_sqe(&r, IORING_OP_TIMEOUT, -1, &late, 2, 0, 2);
    rw_sqe(&r, IORING_OP_TIMEOUT, -1, &late, 1, 0, 3)->timeout_flags = 0x8000;
    show_completions(&r, "refused", 1);
    show_completions(&r, "refused", 1);
    show_completions(&r, "refused", 1);
    (void)bad;
    struct io_uring_getevents_arg argument = {.ts = (uint64_t)&soon};
    SHOW(syscall(SYS_io_uring_enter, r.fd, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
                 &argument, sizeof argument));
    SHOW(syscall(SYS_io_uring_enter, r.fd, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
                 &argument, 8));
    rw_sqe(&r, IORING_OP_TIMEOUT, -1, &late, 1, 0, 1);
    ring_enter(&r, 0);
    SHOW(close(r.fd));
}
