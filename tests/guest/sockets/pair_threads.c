// SPDX-License-Identifier: BSD-3-Clause
// Two threads exchange more than a socket holds; closing wakes who waits for data or for room.
#include <pthread.h>
#include <report.h>
#include <sys/socket.h>

static int s[2];
static volatile int blocked_tid;

static void* echo(void* unused) {
    char b[5000];
    for (ssize_t n; (n = read(s[1], b, sizeof b)) > 0;)
        for (ssize_t done = 0; done < n;)
            done += write(s[1], b + done, (size_t)(n - done));
    shutdown(s[1], SHUT_WR);
    return unused;
}
static void* send_all(void* unused) {
    static unsigned char b[7777];
    for (unsigned i = 0; i < 2000000; i += sizeof b) {
        for (unsigned k = 0; k < sizeof b; ++k)
            b[k] = (unsigned char)((i + k) % 251);
        for (size_t done = 0; done < sizeof b;)
            done += (size_t)write(s[0], b + done, sizeof b - done);
    }
    shutdown(s[0], SHUT_WR);
    return unused;
}
static void* read_one(void* result) {
    char c;
    blocked_tid = gettid();
    *(long*)result = read(s[0], &c, 1);
    return NULL;
}
static void* fill(void* result) {
    static char b[4096];
    ssize_t n;
    blocked_tid = gettid();
    while ((n = send(s[0], b, sizeof b, MSG_NOSIGNAL)) > 0)
        ;
    *(long*)result = errno;
    return NULL;
}

int main(void) {
    pthread_t a, b;
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    pthread_create(&a, NULL, echo, NULL);
    pthread_create(&b, NULL, send_all, NULL);
    unsigned at = 0, wrong = 0;
    unsigned char buffer[3000];
    for (ssize_t n; (n = read(s[0], buffer, sizeof buffer)) > 0;)
        for (ssize_t k = 0; k < n; ++k)
            wrong += buffer[k] != at++ % 251;
    printf("%u bytes, %u wrong\n", at, wrong);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    close(s[0]);
    close(s[1]);

    long result = -9;
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    pthread_create(&a, NULL, read_one, &result);
    wait_asleep(&blocked_tid);
    close(s[1]);
    pthread_join(a, NULL);
    printf("a reader gets %ld\n", result);
    close(s[0]);

    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    blocked_tid = 0;
    pthread_create(&a, NULL, fill, &result);
    wait_asleep(&blocked_tid);
    shutdown(s[1], SHUT_RD);
    pthread_join(a, NULL);
    printf("a writer gets %s\n", strerrorname_np((int)result));
}
