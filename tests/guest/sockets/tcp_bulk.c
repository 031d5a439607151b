// SPDX-License-Identifier: BSD-3-Clause
// Many bytes both ways at once, in pieces of odd sizes: all arrive, in order.
#include <tcp.h>

enum { TOTAL = 8 << 20 };
static int e[2];
static char byte(long i) {
    return (char)(i * 7 + (i >> 9));
}

static void* writer(void* end) {
    int s = *(int*)end;
    static __thread char b[70000];
    long at = 0;
    for (unsigned step = 1; at < TOTAL; step = step * 5 % 69997 + 1) {
        long n = step < TOTAL - at ? step : TOTAL - at;
        for (long i = 0; i < n; ++i)
            b[i] = byte(at + i);
        for (long sent = 0; sent < n;) {
            ssize_t k = send(s, b + sent, n - sent, 0);
            if (k <= 0) {
                perror("send");
                exit(1);
            }
            sent += k;
        }
        at += n;
    }
    shutdown(s, SHUT_WR);
    return NULL;
}
static void* reader(void* end) {
    int s = *(int*)end;
    static __thread char b[50000];
    long at = 0, wrong = 0;
    for (unsigned step = 3;; step = step * 7 % 49999 + 1) {
        ssize_t n = recv(s, b, step, 0);
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n; ++i)
            wrong += b[i] != byte(at + i);
        at += n;
    }
    printf("%ld bytes, %ld wrong\n", at, wrong);
    return NULL;
}

int main(void) {
    pthread_t t[4];
    tcp_pair(e);
    pthread_create(&t[0], NULL, writer, &e[0]);
    pthread_create(&t[1], NULL, writer, &e[1]);
    pthread_create(&t[2], NULL, reader, &e[0]);
    pthread_create(&t[3], NULL, reader, &e[1]);
    for (int i = 0; i < 4; ++i)
        pthread_join(t[i], NULL);
    return 0;
}
