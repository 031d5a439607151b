// SPDX-License-Identifier: BSD-3-Clause
// Streams have no boundaries: partial reads, MSG_PEEK, MSG_WAITALL, vectors, SO_PEEK_OFF.
#include <pthread.h>
#include <sys/uio.h>
#include <unix.h>

static int s[2];
static char b[64];

static void* writer(void* unused) {
    (void)unused;
    for (int i = 0; i < 8; ++i) {
        sleep_ms(5);
        write(s[0], "12", 2);
    }
    return NULL;
}

int main(void) {
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    SHOW(write(s[0], "abc", 3));
    SHOW(write(s[0], "def", 3));
    SHOW(recv(s[1], b, 4, MSG_PEEK));
    printf("%.4s\n", b);
    SHOW(recv(s[1], b, sizeof b, MSG_PEEK));
    SHOW(read(s[1], b, 2));
    SHOW(read(s[1], b, 2));
    printf("%.2s\n", b);
    SHOW(recv(s[1], b, 1, MSG_TRUNC));
    SHOW(read(s[1], b, 0));
    SHOW(read(s[1], b, 10));
    SHOW(recv(s[1], b, 0, MSG_DONTWAIT));
    struct iovec v[3] = {{"one ", 4}, {"", 0}, {"two", 3}};
    SHOW(writev(s[0], v, 3));
    struct iovec r[2] = {{b, 2}, {b + 10, 20}};
    SHOW(readv(s[1], r, 2));
    printf("%.2s|%.5s\n", b, b + 10);
    pthread_t t;
    pthread_create(&t, NULL, writer, NULL);
    SHOW(recv(s[1], b, 16, MSG_WAITALL));
    pthread_join(t, NULL);
    int offset = 0;
    SHOW(setsockopt(s[1], SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset));
    SHOW(write(s[0], "0123456789", 10));
    SHOW(recv(s[1], b, 4, MSG_PEEK));
    SHOW(recv(s[1], b, 4, MSG_PEEK));
    printf("%.4s\n", b);
    SHOW(recv(s[1], b, 3, 0));
    SHOW(recv(s[1], b, 4, MSG_PEEK));
    printf("%.4s\n", b);
    SHOW(recv(s[1], b, 4, MSG_PEEK | MSG_DONTWAIT));
    SHOW(recv(s[1], b, 64, 0));
    SHOW(write(s[0], BAD, 4));
    SHOW(write(s[0], "good", 4));
    SHOW(read(s[1], BAD, 4));
    SHOW(read(s[1], b, 4));
    return 0;
}
