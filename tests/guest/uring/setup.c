// SPDX-License-Identifier: BSD-3-Clause
// io_uring_setup: sizes, flags that do not fit together, what enter and register refuse.
#include "ring.h"

static void try(const char* name, unsigned entries, unsigned flags, unsigned cq) {
    struct io_uring_params p = {.flags = flags, .cq_entries = cq};
    errno = 0;
    int fd = (int)syscall(SYS_io_uring_setup, entries, &p);
    if (fd < 0)
        printf("%s: %s\n", name, strerrorname_np(errno));
    else
        printf("%s: %u %u, close on exec %d\n", name, p.sq_entries, p.cq_entries,
               fcntl(fd, F_GETFD));
    close(fd);
}

int main(void) {
    try("one", 1, 0, 0);
    try("five", 5, 0, 0);
    try("none", 0, 0, 0);
    try("too many", 40000, 0, 0);
    try("too many, clamped", 40000, IORING_SETUP_CLAMP, 0);
    try("cq", 8, IORING_SETUP_CQSIZE, 100);
    try("cq of 0", 8, IORING_SETUP_CQSIZE, 0);
    try("cq smaller", 8, IORING_SETUP_CQSIZE, 4);
    try("unknown flag", 8, 1u << 30, 0);
    try("affinity without thread", 8, IORING_SETUP_SQ_AFF, 0);
    try("taskrun flag alone", 8, IORING_SETUP_TASKRUN_FLAG, 0);
    try("defer without single issuer", 8, IORING_SETUP_DEFER_TASKRUN, 0);
    try("defer", 8, IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER, 0);
    try("cooperative", 8, IORING_SETUP_COOP_TASKRUN, 0);
    SHOW(syscall(SYS_io_uring_setup, 8, BAD));
    SHOW(syscall(SYS_io_uring_enter, 0, 1, 0, 0, NULL, 0));
    SHOW(syscall(SYS_io_uring_enter, 99, 1, 0, 0, NULL, 0));
    SHOW(syscall(SYS_io_uring_register, 0, IORING_REGISTER_BUFFERS, NULL, 0));
    SHOW(syscall(SYS_io_uring_register, 99, IORING_REGISTER_BUFFERS, NULL, 0));
    struct ring r = {0};
    SHOW(ring_open(&r, 4, 0));
    SHOW(syscall(SYS_io_uring_enter, r.fd, 0, 0, 1u << 20, NULL, 0));
    SHOW(syscall(SYS_io_uring_enter, r.fd, 0, 0, 0, NULL, 0));
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_UNREGISTER_BUFFERS, NULL, 0));
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_UNREGISTER_FILES, NULL, 0));
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_UNREGISTER_EVENTFD, NULL, 0));
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES, &r.fd, 1));
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0));
    WORKS(mmap(NULL, 4096, PROT_READ, MAP_SHARED, r.fd, 0x20000000));
    WORKS(mmap(NULL, 4096 * 64, PROT_READ, MAP_SHARED, r.fd, IORING_OFF_SQES));
    WORKS(mmap(NULL, 4096, PROT_READ, MAP_SHARED, r.fd, IORING_OFF_CQ_RING));
    struct ring off = {0};
    SHOW(ring_open(&off, 4, IORING_SETUP_R_DISABLED));
    next_sqe(&off, IORING_OP_NOP, -1, 1);
    SHOW(ring_enter(&off, 0));
    SHOW(syscall(SYS_io_uring_register, off.fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0));
    show_completions(&off, "enabled", 1);
}
