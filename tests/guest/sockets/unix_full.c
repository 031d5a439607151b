// SPDX-License-Identifier: BSD-3-Clause
// A queue that is full: what poll says, that everything arrives, and that datagrams are bounded.
#include <pthread.h>
#include <unix.h>

static int s[2];
enum { total = 3000000 };

static void* reader(void* unused) {
    (void)unused;
    static unsigned char b[70000];
    long sum = 0, got, seen = 0;
    int good = 1;
    while ((got = read(s[1], b, sizeof b)) > 0) {
        for (long i = 0; i < got; ++i)
            good = good && b[i] == (unsigned char)((seen + i) * 7);
        seen += got;
        sum += got;
    }
    printf("%ld bytes, %s\n", sum, good ? "in order" : "WRONG");
    return NULL;
}

int main(void) {
    static unsigned char b[total];
    for (int i = 0; i < total; ++i)
        b[i] = i * 7;
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    long sent = 0, n;
    while ((n = send(s[0], b + sent, 10000, MSG_DONTWAIT)) > 0)
        sent += n;
    HOLDS(errno == EAGAIN && sent >= 100000 && sent < 1000000);
    show_poll("full", s[0]);
    static char c[1000];
    SHOW(recv(s[1], c, sizeof c, MSG_PEEK));
    show_poll("peeked", s[0]);
    int queued = 0;
    ioctl(s[0], SIOCOUTQ, &queued);
    HOLDS(queued >= sent);
    pthread_t t;
    pthread_create(&t, NULL, reader, NULL);
    SHOW(write(s[0], b + sent, total - sent) == total - sent);
    close(s[0]);
    pthread_join(t, NULL);
    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s);
    int size = 4096;
    SHOW(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
    SHOW(send(s[0], b, 8192, 0));
    SHOW(send(s[0], b, 8160, 0));
    SHOW(recv(s[1], b, sizeof b, 0));
    long count = 0;
    while (send(s[0], b, 100, 0) == 100)
        ++count;
    HOLDS(errno == EAGAIN && count > 3 && count < 200);
    show_poll("full of datagrams", s[0]);
    ioctl(s[0], SIOCOUTQ, &queued);
    HOLDS(queued > 0);
    while (recv(s[1], b, 100, 0) == 100)
        ;
    show_poll("empty", s[0]);
    ioctl(s[0], SIOCOUTQ, &queued);
    SHOW(queued);
    return 0;
}
