// SPDX-License-Identifier: BSD-3-Clause
// Urgent data: the byte, the mark, in line and not.
#include <tcp.h>

static char b[64];
static int mark(int s) {
    int at = -1;
    ioctl(s, SIOCATMARK, &at);
    return at;
}
static int waiting(int s) {
    int n = -1;
    ioctl(s, FIONREAD, &n);
    return n;
}
static void take(int s) {
    memset(b, 0, sizeof b);
    ssize_t n = recv(s, b, sizeof b, MSG_DONTWAIT);
    printf("recv %zd \"%s\" mark %d\n", n, b, mark(s));
}

int main(void) {
    int e[2];
    tcp_pair(e);
    puts("-- out of band");
    SHOW(recv(e[1], b, 1, MSG_OOB));
    SHOW(send(e[0], "abc", 3, 0));
    SHOW(send(e[0], "X", 1, MSG_OOB));
    SHOW(send(e[0], "def", 3, 0));
    show_poll("e", e[1]);
    SHOW(waiting(e[1]));
    SHOW(mark(e[1]));
    take(e[1]);
    SHOW(recv(e[1], b, 1, MSG_OOB | MSG_PEEK));
    SHOW(recv(e[1], b, 1, MSG_OOB));
    printf("%c\n", b[0]);
    SHOW(recv(e[1], b, 1, MSG_OOB));
    SHOW(waiting(e[1]));
    take(e[1]);
    take(e[1]);
    SHOW(recv(e[1], b, 1, MSG_OOB));

    puts("-- skipped");
    SHOW(send(e[0], "12X", 3, MSG_OOB));
    SHOW(send(e[0], "34", 2, 0));
    usleep(20000);
    take(e[1]);
    take(e[1]);
    SHOW(recv(e[1], b, 1, MSG_OOB));

    puts("-- in line");
    SHOW(setsockopt(e[1], SOL_SOCKET, SO_OOBINLINE, &(int){1}, 4));
    SHOW(send(e[0], "abX", 3, MSG_OOB));
    SHOW(send(e[0], "cd", 2, 0));
    usleep(20000);
    SHOW(recv(e[1], b, 1, MSG_OOB));
    SHOW(waiting(e[1]));
    take(e[1]);
    take(e[1]);
    return 0;
}
