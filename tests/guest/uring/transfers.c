// SPDX-License-Identifier: BSD-3-Clause
// Reads and writes of files, pipes and sockets, at once and later; fsync; fixed buffers and files.
#include <sys/socket.h>

#include "ring.h"

int main(void) {
    own_folder();
    struct ring r = {0};
    ring_open(&r, 16, 0);
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    rw_sqe(&r, IORING_OP_WRITE, fd, "hello, world", 12, 0, 1);
    show_completions(&r, "write", 1);
    char back[32] = "", more[8] = "";
    rw_sqe(&r, IORING_OP_READ, fd, back, 32, 7, 1);
    show_completions(&r, "read", 1);
    printf("%s\n", back);
    struct iovec out[] = {{"ab", 2}, {"cde", 3}}, in[] = {{back, 3}, {more, 7}};
    rw_sqe(&r, IORING_OP_WRITEV, fd, out, 2, 12, 1);
    show_completions(&r, "writev", 1);
    rw_sqe(&r, IORING_OP_READV, fd, in, 2, 9, 1);
    show_completions(&r, "readv", 1);
    printf("%.3s %s\n", back, more);
    lseek(fd, 3, SEEK_SET);
    rw_sqe(&r, IORING_OP_READ, fd, back, 4, -1ull, 1);
    show_completions(&r, "read at the position", 1);
    SHOW(lseek(fd, 0, SEEK_CUR));
    next_sqe(&r, IORING_OP_FSYNC, fd, 1);
    next_sqe(&r, IORING_OP_FSYNC, fd, 2)->fsync_flags = IORING_FSYNC_DATASYNC;
    next_sqe(&r, IORING_OP_FSYNC, fd, 3)->fsync_flags = 8;
    show_completions(&r, "fsync", 3);
    rw_sqe(&r, IORING_OP_READ, 99, back, 4, 0, 1);
    rw_sqe(&r, IORING_OP_READ, fd, BAD, 4, 0, 2);
    rw_sqe(&r, IORING_OP_READV, fd, BAD, 1, 0, 3);
    rw_sqe(&r, IORING_OP_WRITE, open("file", O_RDONLY), back, 4, 0, 4);
    rw_sqe(&r, IORING_OP_READ, open(".", O_RDONLY), back, 4, 0, 5);
    rw_sqe(&r, IORING_OP_READ, fd, back, 4, 0, 6)->rw_flags = 0x4000;
    show_completions(&r, "errors", 6);
    // Pipes and sockets: at once, later, and never for those that do not wait.
    int ends[2], pair[2];
    pipe(ends);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    rw_sqe(&r, IORING_OP_READ, ends[0], back, 8, 0, 1);
    rw_sqe(&r, IORING_OP_READ, pair[0], more, 8, 0, 2);
    SHOW(ring_enter(&r, 0));
    write(ends[1], "pipe", 4);
    write(pair[1], "socket", 6);
    show_completions(&r, "later", 2);
    printf("%.4s %.6s\n", back, more);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    rw_sqe(&r, IORING_OP_READ, ends[0], back, 8, 0, 1);
    show_completions(&r, "non-blocking", 1);
    fcntl(ends[0], F_SETFL, 0);
    rw_sqe(&r, IORING_OP_READ, ends[0], back, 8, 0, 1)->flags = IOSQE_ASYNC;
    SHOW(ring_enter(&r, 0));
    write(ends[1], "async", 5);
    show_completions(&r, "async", 1);
    rw_sqe(&r, IORING_OP_READ, ends[0], back, 8, 0, 1);
    ring_enter(&r, 0);
    close(ends[1]);
    show_completions(&r, "hung up", 1);
    // Registered buffers and files
    static char area[8192];
    struct iovec whole[] = {{area, sizeof area}};
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_BUFFERS, whole, 1));
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_BUFFERS, whole, 1));
    int files[] = {fd, -1};
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES, files, 2));
    strcpy(area, "fixed");
    struct io_uring_sqe* sqe = rw_sqe(&r, IORING_OP_WRITE_FIXED, 0, area, 5, 0, 1);
    sqe->flags = IOSQE_FIXED_FILE;
    show_completions(&r, "write fixed", 1);
    rw_sqe(&r, IORING_OP_READ_FIXED, fd, area + 100, 5, 0, 1);
    rw_sqe(&r, IORING_OP_READ_FIXED, fd, area + 8190, 5, 0, 2);
    rw_sqe(&r, IORING_OP_READ_FIXED, fd, area, 5, 0, 3)->buf_index = 7;
    rw_sqe(&r, IORING_OP_READ, 1, area, 5, 0, 4)->flags = IOSQE_FIXED_FILE;
    rw_sqe(&r, IORING_OP_READ, 7, area, 5, 0, 5)->flags = IOSQE_FIXED_FILE;
    show_completions(&r, "read fixed", 5);
    printf("%.5s\n", area + 100);
    int other[] = {open("file", O_RDONLY)};
    struct io_uring_files_update update = {.offset = 1, .fds = (uint64_t)other};
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES_UPDATE, &update, 1));
    close(other[0]);
    rw_sqe(&r, IORING_OP_READ, 1, area, 5, 0, 1)->flags = IOSQE_FIXED_FILE;
    show_completions(&r, "after the update", 1);
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_UNREGISTER_FILES, NULL, 0));
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_UNREGISTER_BUFFERS, NULL, 0));
    SHOW(read(r.fd, area, 1));
    SHOW(lseek(r.fd, 0, SEEK_SET));
}
