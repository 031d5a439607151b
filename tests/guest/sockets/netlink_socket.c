// SPDX-License-Identifier: BSD-3-Clause
// Netlink sockets themselves: creation, names, groups, options, acknowledgements, truncation.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <report.h>
#include <sys/socket.h>

static char b[16384];

static void show_reply(int s) {
    ssize_t n = recv(s, b, sizeof b, MSG_DONTWAIT);
    struct nlmsghdr* h = (struct nlmsghdr*)b;
    if (n < 0) {
        printf("reply: %s\n", strerrorname_np(errno));
        return;
    }
    printf("reply: type %d flags %#x seq %u", h->nlmsg_type, h->nlmsg_flags, h->nlmsg_seq);
    if (h->nlmsg_type == NLMSG_ERROR)
        printf(" error %d length %u", ((struct nlmsgerr*)NLMSG_DATA(h))->error, h->nlmsg_len);
    printf("\n");
}

static ssize_t request(int s, int type, int flags, int family) {
    struct {
        struct nlmsghdr h;
        struct ifinfomsg g;
    } r;
    memset(&r, 0, sizeof r);
    r.h.nlmsg_len = NLMSG_LENGTH(sizeof r.g);
    r.h.nlmsg_type = type;
    r.h.nlmsg_flags = flags;
    r.h.nlmsg_seq = 7;
    r.g.ifi_family = family;
    return send(s, &r, r.h.nlmsg_len, 0);
}

static void option(int s, const char* name, int number) {
    int on = 1, value = -1;
    socklen_t n = sizeof value;
    printf("%s: %d", name, setsockopt(s, SOL_NETLINK, number, &on, sizeof on));
    printf(" %d", getsockopt(s, SOL_NETLINK, number, &value, &n));
    printf(" %d %u\n", value, n);
}

int main(void) {
    int s;
    WORKS(s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    WORKS(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE));
    SHOW(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
    SHOW(socket(AF_NETLINK, SOCK_RAW, 99));
    WORKS(socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT));
    struct sockaddr_nl a = {.nl_family = AF_NETLINK};
    SHOW(bind(s, (struct sockaddr*)&a, 4));
    SHOW(bind(s, (struct sockaddr*)&a, sizeof a));
    socklen_t n = sizeof a;
    SHOW(getsockname(s, (struct sockaddr*)&a, &n));
    SHOW(n);
    HOLDS(a.nl_pid == (unsigned)getpid());
    int t = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    SHOW(bind(t, (struct sockaddr*)&a, sizeof a));
    a.nl_pid = 0;
    SHOW(bind(t, (struct sockaddr*)&a, sizeof a));
    n = sizeof a;
    getsockname(t, (struct sockaddr*)&a, &n);
    HOLDS(a.nl_pid != 0 && a.nl_pid != (unsigned)getpid());
    // Requests without an answer, wrong ones, acknowledged ones.
    SHOW(recv(s, b, sizeof b, MSG_DONTWAIT));
    SHOW(request(s, RTM_GETLINK, 0, 0));
    show_reply(s);
    SHOW(request(s, NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, 0));
    show_reply(s);
    SHOW(request(s, RTM_MAX + 1, NLM_F_REQUEST, 0));
    show_reply(s);
    SHOW(request(s, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, AF_INET));
    show_reply(s);
    while (recv(s, b, sizeof b, MSG_DONTWAIT) > 0)
        ;
    SHOW(send(s, "short", 5, 0));
    show_reply(s);
    SHOW(request(s, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 0));
    SHOW(recv(s, b, 16, MSG_PEEK));
    struct iovec v = {b, 16};
    struct sockaddr_nl from;
    struct msghdr m = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_name = &from, .msg_namelen = sizeof from};
    SHOW(recvmsg(s, &m, 0));
    SHOW(m.msg_flags);
    SHOW(m.msg_namelen);
    SHOW(from.nl_pid);
    option(s, "CAP_ACK", NETLINK_CAP_ACK);
    option(s, "EXT_ACK", NETLINK_EXT_ACK);
    option(s, "GET_STRICT_CHK", NETLINK_GET_STRICT_CHK);
    option(s, "PKTINFO", NETLINK_PKTINFO);
    option(s, "NO_ENOBUFS", NETLINK_NO_ENOBUFS);
    option(s, "BROADCAST_ERROR", NETLINK_BROADCAST_ERROR);
    SHOW(setsockopt(s, SOL_NETLINK, 77, &n, sizeof n));
    int group = RTNLGRP_LINK;
    SHOW(setsockopt(s, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group));
    group = 0;
    SHOW(setsockopt(s, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group));
    n = sizeof a;
    getsockname(s, (struct sockaddr*)&a, &n);
    SHOW(a.nl_groups);
    return 0;
}
