// SPDX-License-Identifier: BSD-3-Clause
// The ring that libaio reads by itself: magic, head and tail; as many requests as were asked for
// have room, and an event taken out by hand is gone.
#include "aio.h"

struct ring {
    unsigned id, count, head, tail, magic, compatible, incompatible, header;
    struct io_event events[];
};

int main(void) {
    own_folder();
    aio_context_t context = 0;
    SHOW(io_setup(16, &context));
    struct ring* ring = (struct ring*)context;
    printf("%x %u %u %u\n", ring->magic, ring->incompatible, ring->header,
           ring->head == ring->tail);
    HOLDS(ring->count >= 16);
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    struct iocb requests[16], *list[16];
    for (int i = 0; i < 16; ++i) {
        requests[i] = make_iocb(IOCB_CMD_PWRITE, fd, "abcdefghijklmnop" + i, 1, i);
        requests[i].aio_data = (unsigned)i;
        list[i] = &requests[i];
    }
    SHOW(io_submit(context, 16, list));
    while (__atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) != 16)
        sleep_ms(1);
    unsigned seen = 0;
    for (unsigned i = 0; i < 8; ++i)
        seen |= 1u << ring->events[i].data;
    ring->head = 8;
    struct io_event events[16];
    int got = io_getevents(context, 8, 16, events, NULL);
    printf("%d\n", got);
    for (int i = 0; i < got; ++i)
        seen |= 1u << events[i].data;
    printf("%x\n", seen);
    char back[17] = "";
    pread(fd, back, 16, 0);
    printf("%s\n", back);
    // More than the ring holds are never accepted.
    long accepted = 0;
    while (io_submit(context, 1, list) == 1)
        ++accepted;
    printf("%s\n", strerrorname_np(errno));
    HOLDS(accepted >= 16);
    struct timespec none = {0, 0};
    while (io_getevents(context, 1, 16, events, &none) > 0)
        ;
    SHOW(io_submit(context, 1, list));
    io_destroy(context);
    SHOW(write(fd, (void*)ring, 1));
}
