// SPDX-License-Identifier: BSD-3-Clause
// Named pipes: opening waits for the other end, O_NONBLOCK does not.
#include <pthread.h>
#include <report.h>

static volatile int main_tid;

static void* writer(void* unused) {
    (void)unused;
    wait_asleep(&main_tid);
    int fd = open("fifo", O_WRONLY);
    write(fd, "through", 7);
    close(fd);
    return NULL;
}

int main(void) {
    main_tid = gettid();
    own_folder();
    SHOW(mkfifo("fifo", 0600));
    SHOW(mkfifo("fifo", 0600));
    SHOW(open("fifo", O_WRONLY | O_NONBLOCK));
    pthread_t t;
    pthread_create(&t, NULL, writer, NULL);
    int fd = open("fifo", O_RDONLY);
    char text[32] = "";
    SHOW(read(fd, text, sizeof text));
    puts(text);
    SHOW(read(fd, text, sizeof text));
    pthread_join(t, NULL);
    close(fd);
    fd = open("fifo", O_RDONLY | O_NONBLOCK);
    SHOW(read(fd, text, sizeof text));
    int out = open("fifo", O_WRONLY | O_NONBLOCK);
    SHOW(write(out, "x", 1));
    SHOW(read(fd, text, sizeof text));
    SHOW(read(fd, text, sizeof text));
}
