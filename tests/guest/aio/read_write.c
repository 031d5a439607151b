// SPDX-License-Identifier: BSD-3-Clause
// Reads and writes of all four kinds, fsync and fdatasync: results as those of pread and pwrite.
#include <sys/uio.h>

#include "aio.h"

int main(void) {
    own_folder();
    aio_context_t context = 0;
    SHOW(io_setup(8, &context));
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    char text[16] = "hello, world", back[16] = "";
    run_one(context, "write", make_iocb(IOCB_CMD_PWRITE, fd, text, 12, 0));
    run_one(context, "read", make_iocb(IOCB_CMD_PREAD, fd, back, 16, 7));
    printf("%s\n", back);
    struct iovec out[] = {{"ab", 2}, {"cde", 3}};
    run_one(context, "writev", make_iocb(IOCB_CMD_PWRITEV, fd, out, 2, 12));
    char one[4] = "", two[8] = "";
    struct iovec in[] = {{one, 3}, {two, 7}};
    run_one(context, "readv", make_iocb(IOCB_CMD_PREADV, fd, in, 2, 9));
    printf("%s %s\n", one, two);
    run_one(context, "read at the end", make_iocb(IOCB_CMD_PREAD, fd, back, 16, 17));
    run_one(context, "read of nothing", make_iocb(IOCB_CMD_PREAD, fd, back, 0, 0));
    run_one(context, "fsync", make_iocb(IOCB_CMD_FSYNC, fd, NULL, 0, 0));
    run_one(context, "fdsync", make_iocb(IOCB_CMD_FDSYNC, fd, NULL, 0, 0));
    struct iocb append = make_iocb(IOCB_CMD_PWRITE, fd, "X", 1, 0);
    append.aio_rw_flags = 0x10;  // RWF_APPEND
    run_one(context, "append", append);
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(lseek(fd, 0, SEEK_END));
    int pipes[2];
    SHOW(pipe(pipes));
    run_one(context, "write to a pipe", make_iocb(IOCB_CMD_PWRITE, pipes[1], text, 5, 0));
    run_one(context, "read of a pipe", make_iocb(IOCB_CMD_PREAD, pipes[0], back, 16, 0));
    SHOW(io_destroy(context));
    SHOW(io_destroy(context));
}
