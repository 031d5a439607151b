// SPDX-License-Identifier: BSD-3-Clause
// IOCB_CMD_POLL: now, later, cancelled; and events that go to an eventfd.
#include <poll.h>
#include <sys/eventfd.h>

#include "aio.h"

int main(void) {
    aio_context_t context = 0;
    io_setup(8, &context);
    int ends[2], told = eventfd(0, EFD_NONBLOCK);
    pipe(ends);
    run_one(context, "writable now", make_iocb(IOCB_CMD_POLL, ends[1], (void*)POLLOUT, 0, 0));
    struct iocb r = make_iocb(IOCB_CMD_POLL, ends[0], (void*)POLLIN, 0, 0);
    r.aio_flags = IOCB_FLAG_RESFD;
    r.aio_resfd = (unsigned)told;
    struct iocb* list[] = {&r};
    struct io_event event;
    struct timespec none = {0, 0};
    uint64_t count = 0;
    SHOW(io_submit(context, 1, list));
    SHOW(io_getevents(context, 1, 1, &event, &none));
    SHOW(read(told, &count, 8));
    SHOW(write(ends[1], "x", 1));
    SHOW(io_getevents(context, 1, 1, &event, NULL));
    // Linux tells all that the pipe said when it woke, which is more than was asked for.
    printf("%llx\n", (unsigned long long)event.res & POLLIN);
    struct pollfd p = {told, POLLIN, 0};
    SHOW(poll(&p, 1, -1));
    SHOW(read(told, &count, 8));
    printf("%lu\n", (unsigned long)count);
    char c;
    read(ends[0], &c, 1);
    // Cancelled: the event comes nevertheless.
    SHOW(io_submit(context, 1, list));
    SHOW(io_cancel(context, &r, &event));
    SHOW(io_getevents(context, 1, 1, &event, NULL));
    printf("%llx\n", (unsigned long long)event.res);
    // Hung up
    SHOW(io_submit(context, 1, list));
    close(ends[1]);
    SHOW(io_getevents(context, 1, 1, &event, NULL));
    printf("%llx\n", (unsigned long long)event.res);
    // A context that goes while a poll waits
    pipe(ends);
    r = make_iocb(IOCB_CMD_POLL, ends[0], (void*)POLLIN, 0, 0);
    SHOW(io_submit(context, 1, list));
    SHOW(io_destroy(context));
}
