// SPDX-License-Identifier: BSD-3-Clause
// tee(2): copies without taking out; at the end, without room, with bad arguments; splice and
// vmsplice that may not wait.
#include <pthread.h>
#include <report.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static int from[2], to[2];
static volatile int sleeper;

static void* tee_later(void* unused) {
    (void)unused;
    sleeper = gettid();
    printf("tee %zd\n", tee(from[0], to[1], 100, 0));
    return NULL;
}

static int waiting(int fd) {
    int bytes = -1;
    ioctl(fd, FIONREAD, &bytes);
    return bytes;
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    pipe(from);
    pipe(to);
    char text[16] = "";
    SHOW(tee(from[0], to[1], 10, SPLICE_F_NONBLOCK));
    SHOW(write(from[1], "abcdef", 6));
    SHOW(tee(from[0], to[1], 4, 0));
    printf("%d %d\n", waiting(from[0]), waiting(to[0]));
    SHOW(read(to[0], text, 16));
    SHOW(tee(from[0], to[1], 100, 0));
    SHOW(read(from[0], text, 16));
    SHOW(read(to[0], text, 16));
    printf("%s\n", text);
    pthread_t thread;
    pthread_create(&thread, NULL, tee_later, NULL);
    wait_asleep(&sleeper);
    write(from[1], "xyz", 3);
    pthread_join(thread, NULL);
    SHOW(read(to[0], text, 16));
    SHOW(tee(from[0], from[1], 10, 0));
    SHOW(tee(from[1], to[1], 10, 0));
    SHOW(tee(from[0], to[0], 10, 0));
    SHOW(tee(0, to[1], 10, 0));
    SHOW(tee(99, to[1], 10, 0));
    SHOW(tee(from[0], to[1], 10, 0x100));
    SHOW(tee(from[0], to[1], 0, 0));
    read(from[0], text, 16);
    SHOW(splice(from[0], NULL, to[1], NULL, 10, SPLICE_F_NONBLOCK));
    struct iovec vector = {text, 16};
    SHOW(vmsplice(from[0], &vector, 1, SPLICE_F_NONBLOCK));
    close(from[1]);
    SHOW(tee(from[0], to[1], 10, 0));
    pipe(from);
    write(from[1], "x", 1);
    close(to[0]);
    SHOW(tee(from[0], to[1], 10, 0));
}
