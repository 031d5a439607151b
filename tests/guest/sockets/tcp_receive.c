// SPDX-License-Identifier: BSD-3-Clause
// Flags of recv(2), low water, time-outs, queue sizes.
#include <sys/time.h>
#include <tcp.h>

static char b[64];
static int e[2];

static void* later(void* unused) {
    (void)unused;
    usleep(30000);
    send(e[0], "second", 6, 0);
    return NULL;
}
static int size(int s, unsigned long what) {
    int n = -1;
    return ioctl(s, what, &n) ? -errno : n;
}

int main(void) {
    pthread_t t;
    tcp_pair(e);
    SHOW(send(e[0], "first", 5, 0));
    usleep(20000);
    SHOW(size(e[1], FIONREAD));
    SHOW(recv(e[1], b, 3, MSG_PEEK));
    SHOW(recv(e[1], b, 64, MSG_PEEK));
    SHOW(recv(e[1], NULL, 2, MSG_TRUNC));
    memset(b, 0, sizeof b);
    pthread_create(&t, NULL, later, NULL);
    SHOW(recv(e[1], b, 9, MSG_WAITALL));
    puts(b);
    pthread_join(t, NULL);
    SHOW(recv(e[1], b, 64, MSG_DONTWAIT));
    SHOW(recv(e[1], b, 0, MSG_DONTWAIT));
    struct timeval wait = {0, 30000};
    SHOW(setsockopt(e[1], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait));
    SHOW(recv(e[1], b, 1, 0));
    wait.tv_usec = 0;
    SHOW(setsockopt(e[1], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait));
    SHOW(setsockopt(e[1], SOL_SOCKET, SO_RCVLOWAT, &(int){4}, 4));
    SHOW(send(e[0], "abc", 3, 0));
    show_poll("below the mark", e[1]);
    SHOW(send(e[0], "d", 1, 0));
    show_poll("at the mark", e[1]);
    SHOW(recv(e[1], b, 64, 0));
    SHOW(send(e[0], "xy", 2, 0));
    SHOW(shutdown(e[0], SHUT_WR));
    usleep(20000);
    SHOW(recv(e[1], b, 64, MSG_WAITALL));
    SHOW(recv(e[1], b, 64, MSG_WAITALL));
    SHOW(recv(e[1], b, 0, 0));
    struct msghdr m = {.msg_namelen = 77};
    struct sockaddr_in from;
    m.msg_name = &from;
    m.msg_iov = &(struct iovec){b, 4};
    m.msg_iovlen = 1;
    SHOW(send(e[1], "msg", 3, 0));
    SHOW(recvmsg(e[0], &m, 0));
    SHOW(m.msg_namelen);
    SHOW(m.msg_flags);
    SHOW(recv(e[0], b, 1, MSG_ERRQUEUE));
    int l = listener(1);
    SHOW(size(l, FIONREAD));
    SHOW(size(l, TIOCOUTQ));
    SHOW(size(e[1], TIOCOUTQ));
    return 0;
}
