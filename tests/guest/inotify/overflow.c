// SPDX-License-Identifier: BSD-3-Clause
// A queue that is full says so once; equal events in a row become one; reading waits for events.
#include <pthread.h>

#include "events.h"

static int fd;
static volatile int reader;

static void* read_one(void* unused) {
    (void)unused;
    char room[4096];
    reader = gettid();
    printf("read %zd\n", read(fd, room, sizeof room));
    return NULL;
}

int main(void) {
    own_folder();
    fd = inotify_init1(0);
    write_file("a", "x");
    write_file("b", "x");
    SHOW(inotify_add_watch(fd, "a", IN_ACCESS));
    SHOW(inotify_add_watch(fd, "b", IN_ACCESS));
    int a = open("a", O_RDONLY), b = open("b", O_RDONLY), bytes;
    char c;
    pthread_t thread;
    pthread_create(&thread, NULL, read_one, NULL);
    wait_asleep(&reader);
    pread(a, &c, 1, 0);
    pthread_join(thread, NULL);
    for (int i = 0; i < 100; ++i)
        pread(a, &c, 1, 0);
    ioctl(fd, FIONREAD, &bytes);
    printf("%d\n", bytes);
    for (int i = 0; i < 10000; ++i) {
        pread(b, &c, 1, 0);
        pread(a, &c, 1, 0);
    }
    ioctl(fd, FIONREAD, &bytes);
    printf("%d\n", bytes);
    struct inotify_event events[512], last = {0};
    unsigned total = 0;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (ssize_t got; (got = read(fd, events, sizeof events)) > 0;) {
        total += (unsigned)(got / (ssize_t)sizeof *events);
        last = events[got / (ssize_t)sizeof *events - 1];
    }
    printf("%u events, the last %d %x\n", total, last.wd, last.mask);
    pread(a, &c, 1, 0);
    show_events(fd, "afterwards");
}
