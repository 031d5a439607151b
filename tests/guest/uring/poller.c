// SPDX-License-Identifier: BSD-3-Clause
// IORING_SETUP_SQPOLL: entries are taken without a call; a thread that fell asleep says so.
#include "ring.h"

int main(void) {
    own_folder();
    struct ring r = {.p.sq_thread_idle = 50};
    SHOW(ring_open(&r, 8, IORING_SETUP_SQPOLL));
    int fd = open("file", O_CREAT | O_RDWR, 0644);
    struct io_uring_cqe cqe;
    for (int i = 0; i < 3; ++i) {
        rw_sqe(&r, IORING_OP_WRITE, fd, "abc", 3, (uint64_t)i * 3, (uint64_t)i);
        if (__atomic_load_n(WORD(&r, sq_off.flags), __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
            syscall(SYS_io_uring_enter, r.fd, 1, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
        while (!take_cqe(&r, &cqe))
            sleep_ms(1);
        printf("%llu %d\n", (unsigned long long)cqe.user_data, cqe.res);
    }
    while (!(__atomic_load_n(WORD(&r, sq_off.flags), __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP))
        sleep_ms(1);
    printf("asleep\n");
    next_sqe(&r, IORING_OP_NOP, -1, 9);
    SHOW(syscall(SYS_io_uring_enter, r.fd, 1, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP,
                 NULL, 0));
    take_cqe(&r, &cqe);
    printf("%llu %d\n", (unsigned long long)cqe.user_data, cqe.res);
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(close(r.fd));
    // Polled completions, of which files in memory have none
    struct ring polled = {0};
    SHOW(ring_open(&polled, 8, IORING_SETUP_IOPOLL));
    rw_sqe(&polled, IORING_OP_READ, fd, &cqe, 3, 0, 1);
    show_completions(&polled, "read", 1);
    next_sqe(&polled, IORING_OP_FSYNC, fd, 1);
    show_completions(&polled, "fsync", 1);
}
