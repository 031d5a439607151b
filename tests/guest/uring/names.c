// SPDX-License-Identifier: BSD-3-Clause
// Operations on names and files: as the system calls of the same names.
#include <sys/epoll.h>
#include <sys/stat.h>

#include "ring.h"

int main(void) {
    own_folder();
    struct ring r = {0};
    ring_open(&r, 16, 0);
    struct io_uring_sqe* sqe = rw_sqe(&r, IORING_OP_MKDIRAT, AT_FDCWD, "folder", 0755, 0, 1);
    show_completions(&r, "mkdirat", 1);
    sqe = rw_sqe(&r, IORING_OP_OPENAT, AT_FDCWD, "folder/file", 0644, 0, 1);
    sqe->open_flags = O_CREAT | O_RDWR;
    ring_enter(&r, 1);
    struct io_uring_cqe cqe = {0};
    take_cqe(&r, &cqe);
    int fd = cqe.res;
    HOLDS(fd > 0);
    rw_sqe(&r, IORING_OP_FALLOCATE, fd, (void*)100, 0, 0, 1);
    show_completions(&r, "fallocate", 1);
    struct statx s = {0};
    rw_sqe(&r, IORING_OP_STATX, AT_FDCWD, "folder/file", STATX_SIZE, (uint64_t)&s, 1);
    show_completions(&r, "statx", 1);
    printf("%llu\n", (unsigned long long)s.stx_size);
    rw_sqe(&r, IORING_OP_FADVISE, fd, NULL, 100, 0, 1)->fadvise_advice = POSIX_FADV_WILLNEED;
    show_completions(&r, "fadvise", 1);
    rw_sqe(&r, IORING_OP_SYMLINKAT, AT_FDCWD, "file", 0, (uint64_t) "folder/link", 1);
    show_completions(&r, "symlinkat", 1);
    rw_sqe(&r, IORING_OP_LINKAT, AT_FDCWD, "folder/file", (unsigned)AT_FDCWD,
           (uint64_t) "folder/second", 1);
    show_completions(&r, "linkat", 1);
    rw_sqe(&r, IORING_OP_RENAMEAT, AT_FDCWD, "folder/second", (unsigned)AT_FDCWD,
           (uint64_t) "folder/third", 1);
    show_completions(&r, "renameat", 1);
    rw_sqe(&r, IORING_OP_UNLINKAT, AT_FDCWD, "folder/link", 0, 0, 1);
    rw_sqe(&r, IORING_OP_UNLINKAT, AT_FDCWD, "folder/link", 0, 0, 2);
    rw_sqe(&r, IORING_OP_UNLINKAT, AT_FDCWD, "folder", 0, 0, 3)->unlink_flags = AT_REMOVEDIR;
    rw_sqe(&r, IORING_OP_UNLINKAT, AT_FDCWD, BAD, 0, 0, 4);
    show_completions(&r, "unlinkat", 4);
    next_sqe(&r, IORING_OP_CLOSE, fd, 1);
    next_sqe(&r, IORING_OP_CLOSE, 99, 2);
    next_sqe(&r, IORING_OP_CLOSE, r.fd, 3);
    show_completions(&r, "close", 3);
    SHOW(close(fd));
    // Into a slot of the registered files
    int none[] = {-1, -1};
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES, none, 2));
    sqe = rw_sqe(&r, IORING_OP_OPENAT, AT_FDCWD, "folder/file", 0, 0, 1);
    sqe->open_flags = O_RDONLY;
    sqe->file_index = 2;
    show_completions(&r, "open into slot 1", 1);
    char c[4];
    rw_sqe(&r, IORING_OP_READ, 1, c, 4, 0, 1)->flags = IOSQE_FIXED_FILE;
    show_completions(&r, "read", 1);
    next_sqe(&r, IORING_OP_CLOSE, 0, 1)->file_index = 2;
    next_sqe(&r, IORING_OP_CLOSE, 0, 2)->file_index = 2;
    next_sqe(&r, IORING_OP_CLOSE, 0, 3)->file_index = 9;
    show_completions(&r, "close of a slot", 3);
    int ends[2], other[2], epoll = epoll_create1(0);
    pipe(ends);
    pipe(other);
    struct epoll_event event = {.events = EPOLLIN};
    rw_sqe(&r, IORING_OP_EPOLL_CTL, epoll, &event, EPOLL_CTL_ADD, (uint64_t)ends[0], 1);
    show_completions(&r, "epoll_ctl", 1);
    write(ends[1], "data", 4);
    SHOW(epoll_wait(epoll, &event, 1, 0));
    sqe = next_sqe(&r, IORING_OP_TEE, other[1], 1);
    sqe->splice_fd_in = ends[0];
    sqe->len = 4;
    show_completions(&r, "tee", 1);
    int out = open("copy", O_CREAT | O_RDWR, 0644);
    sqe = next_sqe(&r, IORING_OP_SPLICE, out, 1);
    sqe->splice_fd_in = ends[0];
    sqe->splice_off_in = -1ull;
    sqe->len = 4;
    show_completions(&r, "splice", 1);
    SHOW(pread(out, c, 4, 0));
    SHOW(read(other[0], c, 4));
    void* memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(char*)memory = 1;
    rw_sqe(&r, IORING_OP_MADVISE, -1, memory, 4096, 0, 1)->fadvise_advice = MADV_DONTNEED;
    show_completions(&r, "madvise", 1);
    printf("%d\n", *(char*)memory);
}
