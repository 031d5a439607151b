// SPDX-License-Identifier: BSD-3-Clause
// What rtnetlink tells of the loopback interface, and what C libraries make of it.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>
#include <report.h>
#include <sys/socket.h>

static int ask(int s, int type, int flags, void* fixed, size_t bytes, char* answer, size_t room) {
    char b[256];
    memset(b, 0, sizeof b);
    struct nlmsghdr* h = (struct nlmsghdr*)b;
    h->nlmsg_len = NLMSG_LENGTH(bytes);
    h->nlmsg_type = type;
    h->nlmsg_flags = NLM_F_REQUEST | flags;
    h->nlmsg_seq = 1;
    memcpy(NLMSG_DATA(h), fixed, bytes);
    send(s, b, h->nlmsg_len, 0);
    return recv(s, answer, room, 0);
}

int main(void) {
    static char b[32768];
    int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    struct ifinfomsg link = {.ifi_index = 1};
    HOLDS(ask(s, RTM_GETLINK, 0, &link, sizeof link, b, sizeof b) > 0);
    struct nlmsghdr* h = (struct nlmsghdr*)b;
    struct ifinfomsg* i = NLMSG_DATA(h);
    printf("type %d flags %#x index %d hardware %d %#x\n", h->nlmsg_type, h->nlmsg_flags,
           i->ifi_index, i->ifi_type, i->ifi_flags);
    int length = h->nlmsg_len - NLMSG_LENGTH(sizeof *i);
    for (struct rtattr* a = IFLA_RTA(i); RTA_OK(a, length); a = RTA_NEXT(a, length)) {
        if (a->rta_type == IFLA_IFNAME)
            printf("name %s\n", (char*)RTA_DATA(a));
        if (a->rta_type == IFLA_MTU)
            printf("mtu %u\n", *(unsigned*)RTA_DATA(a));
        if (a->rta_type == IFLA_OPERSTATE)
            printf("state %u\n", *(unsigned char*)RTA_DATA(a));
        if (a->rta_type == IFLA_ADDRESS)
            printf("address of %d bytes\n", (int)RTA_PAYLOAD(a));
        if (a->rta_type == IFLA_STATS64)
            HOLDS(RTA_PAYLOAD(a) >= 184);
    }
    link.ifi_index = 9999;
    ask(s, RTM_GETLINK, 0, &link, sizeof link, b, sizeof b);
    printf("type %d error %d\n", h->nlmsg_type, ((struct nlmsgerr*)NLMSG_DATA(h))->error);

    struct ifaddrs* all;
    SHOW(getifaddrs(&all));
    int v4 = 0, packet = 0;
    for (struct ifaddrs* a = all; a; a = a->ifa_next) {
        if (strcmp(a->ifa_name, "lo") != 0 || !a->ifa_addr)
            continue;
        v4 += a->ifa_addr->sa_family == AF_INET &&
              ((struct sockaddr_in*)a->ifa_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK) &&
              ((struct sockaddr_in*)a->ifa_netmask)->sin_addr.s_addr == htonl(0xff000000);
        packet += a->ifa_addr->sa_family == AF_PACKET;
    }
    printf("%d %d\n", v4, packet);
    freeifaddrs(all);
    SHOW(if_nametoindex("lo"));
    char name[IF_NAMESIZE];
    printf("%s\n", if_indextoname(1, name));
    struct if_nameindex* list = if_nameindex();
    printf("%u %s\n", list[0].if_index, list[0].if_name);
    struct addrinfo hint = {.ai_family = AF_INET, .ai_flags = AI_NUMERICHOST};
    struct addrinfo* found;
    SHOW(getaddrinfo("127.0.0.1", "80", &hint, &found));
    return 0;
}
