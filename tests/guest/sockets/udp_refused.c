// SPDX-License-Identifier: BSD-3-Clause
// Nobody is there: ECONNREFUSED on connected sockets, and the error queue.
#include "inet.h"

#include <linux/errqueue.h>

static char b[1000];

static void show_error(int fd) {
    char control[512];
    struct sockaddr_in name;
    struct iovec v = {b, sizeof b};
    struct msghdr m = {&name, sizeof name, &v, 1, control, sizeof control, 0};
    SHOW(recvmsg(fd, &m, MSG_ERRQUEUE));
    SHOW(!!(m.msg_flags & MSG_ERRQUEUE));
    show_address("was sent to", &name);
    for (struct cmsghdr* c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        struct sock_extended_err* e = (void*)CMSG_DATA(c);
        printf("level %d type %d: errno %s origin %d icmp %d/%d\n", c->cmsg_level, c->cmsg_type,
               strerrorname_np((int)e->ee_errno), e->ee_origin, e->ee_type, e->ee_code);
        show_address("offender", SO_EE_OFFENDER(e));
    }
}

int main(void) {
    int gone = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = v4("127.0.0.1", 0);
    bind(gone, TO(a));
    a.sin_port = htons(port_of(gone));
    close(gone);

    // Without a connection nobody is told.
    SHOW(sendto(s, "1", 1, 0, TO(a)));
    SHOW(recv(s, b, sizeof b, MSG_DONTWAIT));
    SHOW(connect(s, TO(a)));
    SHOW(send(s, "2", 1, 0));
    show_events(s);
    SHOW(recv(s, b, sizeof b, MSG_DONTWAIT));
    SHOW(recv(s, b, sizeof b, MSG_DONTWAIT));
    SHOW(send(s, "3", 1, 0));
    SHOW(send(s, "4", 1, 0));
    int error = -1;
    socklen_t n = sizeof error;
    SHOW(send(s, "5", 1, 0));
    SHOW(getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &n));
    SHOW(error);

    int on = 1;
    int t = socket(AF_INET, SOCK_DGRAM, 0);
    SHOW(setsockopt(t, IPPROTO_IP, IP_RECVERR, &on, sizeof on));
    SHOW(recv(t, b, sizeof b, MSG_ERRQUEUE));
    SHOW(sendto(t, "lost", 4, 0, TO(a)));
    show_events(t);
    show_error(t);
    printf("%.4s\n", b);
    return 0;
}
