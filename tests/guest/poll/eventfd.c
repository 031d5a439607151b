// SPDX-License-Identifier: BSD-3-Clause
// eventfd(2): counter, semaphore, overflow, poll.
#include <poll.h>
#include <report.h>
#include <sys/eventfd.h>

static int ready(int fd) {
    struct pollfd f = {fd, POLLIN | POLLOUT, 0};
    poll(&f, 1, 0);
    return f.revents;
}

int main(void) {
    int fd = eventfd(3, EFD_NONBLOCK);
    uint64_t value = 0;
    printf("%x\n", ready(fd));
    SHOW(read(fd, &value, 8));
    printf("%lu %x\n", (unsigned long)value, ready(fd));
    SHOW(read(fd, &value, 8));
    value = 5;
    SHOW(write(fd, &value, 8));
    SHOW(write(fd, &value, 8));
    SHOW(read(fd, &value, 8));
    printf("%lu\n", (unsigned long)value);
    value = (uint64_t)-1;
    SHOW(write(fd, &value, 8));
    value = (uint64_t)-2;
    SHOW(write(fd, &value, 8));
    printf("%x\n", ready(fd));
    value = 1;
    SHOW(write(fd, &value, 8));
    SHOW(write(fd, &value, 4));
    SHOW(read(fd, &value, 4));
    int s = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    SHOW(read(s, &value, 8));
    printf("%lu\n", (unsigned long)value);
    SHOW(read(s, &value, 8));
    SHOW(read(s, &value, 8));
    SHOW(eventfd(0, 0x100));
    SHOW(lseek(s, 0, SEEK_SET));
}
