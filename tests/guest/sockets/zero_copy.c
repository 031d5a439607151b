// SPDX-License-Identifier: BSD-3-Clause
// SO_ZEROCOPY and MSG_ZEROCOPY: the error queue says which sends are done (Linux's msg_zerocopy).
#include <tcp.h>

#include <linux/errqueue.h>

static void completion(int s) {
    char control[128];
    struct sockaddr_in6 name;
    struct msghdr m = {&name, sizeof name, NULL, 0, control, sizeof control, 0};
    struct pollfd p = {s, 0, 0};
    poll(&p, 1, 2000);
    printf("error: %s\n", p.revents & POLLERR ? "yes" : "no");
    errno = 0;
    int n = recvmsg(s, &m, MSG_ERRQUEUE);
    if (n < 0) {
        printf("recvmsg: %s\n", strerrorname_np(errno));
        return;
    }
    printf("recvmsg: %d, name %d bytes,%s%s\n", n, (int)m.msg_namelen,
           m.msg_flags & MSG_ERRQUEUE ? " from the error queue" : "",
           m.msg_flags & MSG_CTRUNC ? " cut" : "");
    for (struct cmsghdr* c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        struct sock_extended_err* e = (void*)CMSG_DATA(c);
        printf("level %d type %d, %d bytes: errno %u origin %u type %u code %u, sends %u to %u\n",
               c->cmsg_level, c->cmsg_type, (int)c->cmsg_len, e->ee_errno, e->ee_origin, e->ee_type,
               e->ee_code, e->ee_info, e->ee_data);
    }
}

static void use(int a, int b, int six) {
    char bytes[4000] = "", got[4000];
    int on = 1, two = 2;
    printf("family %d\n", six ? 6 : 4);
    SHOW(send(a, bytes, 100, MSG_ZEROCOPY));  // without the option: as if it was not there
    completion(a);
    SHOW(setsockopt(a, SOL_SOCKET, SO_ZEROCOPY, &two, sizeof two));
    SHOW(setsockopt(a, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on));
    SHOW(send(a, bytes, 1000, MSG_ZEROCOPY));
    SHOW(recv(b, got, sizeof got, 0) > 0);
    completion(a);
    completion(a);
    SHOW(send(a, bytes, 500, 0));
    for (int i = 0; i < 3; ++i) {
        SHOW(send(a, bytes, 1000, MSG_ZEROCOPY));
        recv(b, got, sizeof got, 0);
    }
    usleep(50000);
    completion(a);
    int error = -1;
    socklen_t n = sizeof error;
    SHOW(getsockopt(a, SOL_SOCKET, SO_ERROR, &error, &n));
    SHOW(error);
}

int main(void) {
    int ends[2], on = 1;
    tcp_pair(ends);
    use(ends[0], ends[1], 0);
    close(ends[0]);
    close(ends[1]);
    for (int six = 0; six < 2; ++six) {
        int r = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
        int s = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
        struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
        struct sockaddr_in b = loopback(0);
        struct sockaddr* to = six ? (void*)&a : (void*)&b;
        socklen_t n = six ? sizeof a : sizeof b;
        bind(r, to, n);
        getsockname(r, to, &n);
        SHOW(connect(s, to, n));
        puts("udp");
        use(s, r, six);
        close(r);
        close(s);
    }
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    SHOW(setsockopt(ends[0], SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on));
    SHOW(send(ends[0], "x", 1, MSG_ZEROCOPY));
    int raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (raw >= 0)
        SHOW(setsockopt(raw, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on));
    return 0;
}
