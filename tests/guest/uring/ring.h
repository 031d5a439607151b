// SPDX-License-Identifier: BSD-3-Clause
// io_uring without a library: one ring at a time, completions shown in the order of user_data.
#pragma once

#include <linux/io_uring.h>
#include <poll.h>
#include <report.h>
#include <sys/mman.h>
#include <sys/uio.h>

struct ring {
    int fd;
    struct io_uring_params p;
    char *rings, *cq_rings;
    struct io_uring_sqe* sqes;
    unsigned pending;
};

#define WORD(ring, offset) ((volatile unsigned*)((ring)->rings + (ring)->p.offset))

static inline int ring_open(struct ring* r, unsigned entries, unsigned flags) {
    struct io_uring_params given = r->p;
    memset(r, 0, sizeof *r);
    r->p.flags = flags;
    r->p.cq_entries = given.cq_entries;
    r->p.sq_thread_idle = given.sq_thread_idle;
    r->fd = (int)syscall(SYS_io_uring_setup, entries, &r->p);
    if (r->fd < 0)
        return r->fd;
    size_t sq = r->p.sq_off.array + r->p.sq_entries * 4;
    size_t cq = r->p.cq_off.cqes + r->p.cq_entries * 16;
    r->rings = mmap(NULL, sq > cq ? sq : cq, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                    r->fd, IORING_OFF_SQ_RING);
    r->sqes = mmap(NULL, r->p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
    if (r->rings == MAP_FAILED || (void*)r->sqes == MAP_FAILED) {
        perror("mmap of the ring");
        exit(98);
    }
    return 0;
}

static inline struct io_uring_sqe* next_sqe(struct ring* r, int opcode, int fd, uint64_t data) {
    unsigned tail = *WORD(r, sq_off.tail), mask = *WORD(r, sq_off.ring_mask);
    struct io_uring_sqe* sqe = &r->sqes[tail & mask];
    memset(sqe, 0, sizeof *sqe);
    sqe->opcode = (unsigned char)opcode;
    sqe->fd = fd;
    sqe->user_data = data;
    WORD(r, sq_off.array)[tail & mask] = tail & mask;
    __atomic_store_n(WORD(r, sq_off.tail), tail + 1, __ATOMIC_RELEASE);
    ++r->pending;
    return sqe;
}

static inline struct io_uring_sqe* rw_sqe(struct ring* r, int opcode, int fd, const void* memory,
                                          unsigned length, uint64_t offset, uint64_t data) {
    struct io_uring_sqe* sqe = next_sqe(r, opcode, fd, data);
    sqe->addr = (uint64_t)memory;
    sqe->len = length;
    sqe->off = offset;
    return sqe;
}

static inline int ring_enter(struct ring* r, unsigned wait) {
    int taken = (int)syscall(SYS_io_uring_enter, r->fd, r->pending, wait,
                             wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0);
    if (taken > 0)
        r->pending -= (unsigned)taken;
    return taken;
}

/// Submits and waits, then takes one completion out. @return whether there was one.
static inline int take_cqe(struct ring* r, struct io_uring_cqe* to) {
    unsigned head = *WORD(r, cq_off.head);
    if (head == __atomic_load_n(WORD(r, cq_off.tail), __ATOMIC_ACQUIRE))
        return 0;
    struct io_uring_cqe* cqes = (struct io_uring_cqe*)(r->rings + r->p.cq_off.cqes);
    *to = cqes[head & *WORD(r, cq_off.ring_mask)];
    __atomic_store_n(WORD(r, cq_off.head), head + 1, __ATOMIC_RELEASE);
    return 1;
}

/// Submits what is pending, waits for `count` completions and shows them sorted by user_data.
static inline void show_completions(struct ring* r, const char* what, unsigned count) {
    struct io_uring_cqe got[64];
    unsigned n = 0;
    errno = 0;
    int entered = ring_enter(r, count);
    if (entered < 0)
        printf("%s: %s\n", what, strerrorname_np(errno));
    while (n < count) {
        if (take_cqe(r, &got[n])) {
            ++n;
            continue;
        }
        if (ring_enter(r, 1) < 0 && errno != EINTR)
            break;
    }
    while (n < 64 && take_cqe(r, &got[n]))
        ++n;
    for (unsigned i = 1; i < n; ++i)
        for (unsigned j = i; j > 0 && got[j].user_data < got[j - 1].user_data; --j) {
            struct io_uring_cqe t = got[j];
            got[j] = got[j - 1];
            got[j - 1] = t;
        }
    for (unsigned i = 0; i < n; ++i) {
        if (got[i].res < 0)
            printf("%s: %llu %s %x\n", what, (unsigned long long)got[i].user_data,
                   strerrorname_np(-got[i].res), got[i].flags);
        else
            printf("%s: %llu %d %x\n", what, (unsigned long long)got[i].user_data, got[i].res,
                   got[i].flags);
    }
}
