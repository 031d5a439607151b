// SPDX-License-Identifier: BSD-3-Clause
// Native AIO without a library.
#pragma once

#include <linux/aio_abi.h>
#include <report.h>

static inline int io_setup(unsigned count, aio_context_t* context) {
    return (int)syscall(SYS_io_setup, count, context);
}
static inline int io_destroy(aio_context_t context) {
    return (int)syscall(SYS_io_destroy, context);
}
static inline int io_submit(aio_context_t context, long count, struct iocb** requests) {
    return (int)syscall(SYS_io_submit, context, count, requests);
}
static inline int io_getevents(aio_context_t context, long least, long most,
                               struct io_event* events, struct timespec* timeout) {
    return (int)syscall(SYS_io_getevents, context, least, most, events, timeout);
}
static inline int io_cancel(aio_context_t context, struct iocb* request, struct io_event* result) {
    return (int)syscall(SYS_io_cancel, context, request, result);
}

static inline struct iocb make_iocb(int opcode, int fd, void* buffer, size_t bytes, long offset) {
    struct iocb r = {.aio_lio_opcode = (unsigned short)opcode,
                     .aio_fildes = (unsigned)fd,
                     .aio_buf = (uint64_t)buffer,
                     .aio_nbytes = bytes,
                     .aio_offset = offset};
    return r;
}

/// Submits one request and shows the result of its event, or why it was refused.
static inline void run_one(aio_context_t context, const char* name, struct iocb r) {
    struct iocb* list[] = {&r};
    struct io_event event = {0};
    r.aio_data = 0x1234;
    errno = 0;
    if (io_submit(context, 1, list) != 1) {
        printf("%s: refused, %s\n", name, strerrorname_np(errno));
        return;
    }
    int got = io_getevents(context, 1, 1, &event, NULL);
    printf("%s: %d event, data %llx, own iocb %d, result %lld %lld\n", name, got,
           (unsigned long long)event.data, event.obj == (uint64_t)&r, (long long)event.res,
           (long long)event.res2);
}
