// SPDX-License-Identifier: BSD-3-Clause
// More completions than the ring holds: none is lost. Entries that point nowhere. Messages between
// rings. What the probe tells.
#include "ring.h"

int main(void) {
    struct ring r = {0}, other = {0};
    ring_open(&r, 4, 0);
    printf("%u\n", r.p.cq_entries);
    for (int i = 0; i < 5; ++i) {
        for (int j = 0; j < 4; ++j)
            next_sqe(&r, IORING_OP_NOP, -1, (uint64_t)(i * 4 + j));
        ring_enter(&r, 0);
    }
    printf("%u in the ring, flag %x\n", *WORD(&r, cq_off.tail) - *WORD(&r, cq_off.head),
           *WORD(&r, sq_off.flags) & IORING_SQ_CQ_OVERFLOW);
    unsigned sum = 0, count = 0;
    struct io_uring_cqe cqe;
    for (;;) {
        while (take_cqe(&r, &cqe)) {
            sum += (unsigned)cqe.user_data;
            ++count;
        }
        if (count == 20 || syscall(SYS_io_uring_enter, r.fd, 0, 1, IORING_ENTER_GETEVENTS, 0, 0))
            break;
    }
    printf("%u with the sum %u, flag %x, lost %u\n", count, sum,
           *WORD(&r, sq_off.flags) & IORING_SQ_CQ_OVERFLOW, *WORD(&r, cq_off.overflow));
    ring_open(&other, 4, 0);
    struct io_uring_sqe* sqe = next_sqe(&r, IORING_OP_MSG_RING, other.fd, 1);
    sqe->len = 42;
    sqe->off = 4711;
    show_completions(&r, "sender", 1);
    show_completions(&other, "receiver", 1);
    next_sqe(&r, IORING_OP_MSG_RING, 0, 1);
    show_completions(&r, "to no ring", 1);
    struct {
        struct io_uring_probe head;
        struct io_uring_probe_op operations[256];
    } probe = {0};
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_PROBE, &probe, 256));
    static const int needed[] = {
        IORING_OP_NOP,        IORING_OP_READV,    IORING_OP_WRITEV,      IORING_OP_FSYNC,
        IORING_OP_READ_FIXED, IORING_OP_POLL_ADD, IORING_OP_POLL_REMOVE, IORING_OP_SENDMSG,
        IORING_OP_RECVMSG,    IORING_OP_TIMEOUT,  IORING_OP_ACCEPT,      IORING_OP_ASYNC_CANCEL,
        IORING_OP_CONNECT,    IORING_OP_OPENAT,   IORING_OP_CLOSE,       IORING_OP_STATX,
        IORING_OP_READ,       IORING_OP_SEND,     IORING_OP_RECV,        IORING_OP_SPLICE,
        IORING_OP_RENAMEAT,   IORING_OP_LINKAT,   IORING_OP_MSG_RING,    IORING_OP_SEND_ZC};
    for (unsigned i = 0; i < sizeof needed / sizeof *needed; ++i)
        printf("%d %d\n", needed[i], probe.operations[needed[i]].flags & IO_URING_OP_SUPPORTED);
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_PROBE, &probe, 256));
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_PROBE, BAD, 256));
    SHOW(syscall(SYS_io_uring_register, r.fd, 1000, NULL, 0));
}
