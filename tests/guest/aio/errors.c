// SPDX-License-Identifier: BSD-3-Clause
// What io_setup, io_submit, io_getevents, io_cancel and io_destroy refuse.
#include "aio.h"

int main(void) {
    own_folder();
    aio_context_t context = 1;
    SHOW(io_setup(8, &context));
    context = 0;
    SHOW(io_setup(0, &context));
    SHOW(io_setup(0x7fffffff, &context));
    SHOW(io_setup(8, BAD));
    SHOW(io_setup(8, &context));
    struct io_event events[4];
    struct timespec none = {0, 0};
    SHOW(io_getevents(context, -1, 1, events, &none));
    SHOW(io_getevents(context, 2, 1, events, &none));
    SHOW(io_getevents(context, 0, 1, events, BAD));
    SHOW(io_getevents(context, 0, 1, BAD, &none));
    SHOW(io_getevents(context, 1, 1, events, &none));
    SHOW(io_getevents(0, 0, 1, events, &none));
    SHOW(io_getevents(context + 4096, 0, 1, events, &none));
    SHOW(io_destroy(0));
    SHOW(io_submit(context, -1, NULL));
    SHOW(io_submit(context, 0, NULL));
    SHOW(io_submit(context, 1, BAD));
    SHOW(io_submit(0, 1, NULL));
    struct iocb* list[2] = {BAD, NULL};
    SHOW(io_submit(context, 1, list));
    int fd = open("file", O_RDWR | O_CREAT, 0644), reader = open("file", O_RDONLY);
    char buffer[8] = "";
    run_one(context, "closed descriptor", make_iocb(IOCB_CMD_PREAD, 99, buffer, 8, 0));
    run_one(context, "not open for writing", make_iocb(IOCB_CMD_PWRITE, reader, buffer, 8, 0));
    run_one(context, "folder", make_iocb(IOCB_CMD_PREAD, open(".", O_RDONLY), buffer, 8, 0));
    run_one(context, "negative offset", make_iocb(IOCB_CMD_PREAD, fd, buffer, 8, -5));
    run_one(context, "negative size", make_iocb(IOCB_CMD_PREAD, fd, buffer, (size_t)-5, 0));
    run_one(context, "bad address", make_iocb(IOCB_CMD_PWRITE, fd, BAD, 8, 0));
    run_one(context, "bad vector", make_iocb(IOCB_CMD_PWRITEV, fd, BAD, 8, 0));
    run_one(context, "unknown command", make_iocb(77, fd, buffer, 8, 0));
    run_one(context, "noop", make_iocb(IOCB_CMD_NOOP, fd, NULL, 0, 0));
    run_one(context, "fsync with a size", make_iocb(IOCB_CMD_FSYNC, fd, NULL, 1, 0));
    run_one(context, "poll of a file", make_iocb(IOCB_CMD_POLL, fd, (void*)1, 0, 0));
    struct iocb r = make_iocb(IOCB_CMD_PREAD, fd, buffer, 8, 0);
    r.aio_rw_flags = 0x4000;
    run_one(context, "unknown flag", r);
    r = make_iocb(IOCB_CMD_PREAD, fd, buffer, 8, 0);
    r.aio_reserved2 = 1;
    run_one(context, "reserved field", r);
    r = make_iocb(IOCB_CMD_PREAD, fd, buffer, 8, 0);
    r.aio_flags = IOCB_FLAG_RESFD;
    r.aio_resfd = (unsigned)fd;
    run_one(context, "no eventfd", r);
    r.aio_resfd = 99;
    run_one(context, "closed eventfd", r);
    // The first good ones count, then comes the error.
    struct iocb good = make_iocb(IOCB_CMD_PREAD, fd, buffer, 8, 0);
    struct iocb bad = make_iocb(77, fd, buffer, 8, 0);
    list[0] = &good;
    list[1] = &bad;
    SHOW(io_submit(context, 2, list));
    SHOW(io_getevents(context, 0, 4, events, &none));
    SHOW(io_cancel(context, BAD, events));
    SHOW(io_cancel(context, &good, events));
    good.aio_key = 5;
    SHOW(io_cancel(context, &good, events));
    SHOW(io_destroy(context));
    SHOW(io_submit(context, 1, list));
}
