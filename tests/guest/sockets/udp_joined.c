// SPDX-License-Identifier: BSD-3-Clause
// UDP_SEGMENT to receivers with and without UDP_GRO over the loopback.
#include <inet.h>
#include <netinet/udp.h>

static char out[20000], in[70000];

static void receive(int r) {
    char control[64];
    struct iovec v = {in, sizeof in};
    for (;;) {
        struct msghdr m = {NULL, 0, &v, 1, control, sizeof control, 0};
        ssize_t n = recvmsg(r, &m, MSG_DONTWAIT);
        if (n < 0)
            break;
        int segment = 0;
        for (struct cmsghdr* c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
            if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO)
                memcpy(&segment, CMSG_DATA(c), sizeof segment);
        int right = 1;
        for (ssize_t i = 1; i < n; ++i)
            right &= in[i] == (char)(in[0] + i);
        printf("%zd bytes, segments of %d, first %d, %s\n", n, segment, in[0],
               right ? "right" : "WRONG");
    }
}

int main(void) {
    int r = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0), on = 1, off = 0;
    int segment = 1000;
    for (unsigned i = 0; i < sizeof out; ++i)
        out[i] = (char)i;
    struct sockaddr_in a = v4("127.0.0.1", 0);
    bind(r, TO(a));
    a.sin_port = htons(port_of(r));
    connect(s, TO(a));
    SHOW(setsockopt(s, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment));
    puts("cut");
    SHOW(send(s, out, 2500, 0));
    receive(r);
    puts("whole");
    SHOW(setsockopt(r, SOL_UDP, UDP_GRO, &on, sizeof on));
    SHOW(send(s, out, 2500, 0));
    SHOW(send(s, out, 900, 0));
    SHOW(send(s, out, 20000, 0));
    receive(r);
    SHOW(recv(r, in, sizeof in, MSG_DONTWAIT));
    puts("a small buffer");
    SHOW(send(s, out, 5000, 0));
    SHOW(recv(r, in, 3000, MSG_TRUNC | MSG_DONTWAIT));
    puts("cut again");
    SHOW(setsockopt(r, SOL_UDP, UDP_GRO, &off, sizeof off));
    SHOW(send(s, out, 3000, 0));
    receive(r);
    return 0;
}
