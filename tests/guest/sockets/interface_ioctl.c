// SPDX-License-Identifier: BSD-3-Clause
// netdevice(7): what ioctl tells of the loopback interface, on sockets of every family.
#include <arpa/inet.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <report.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static struct ifreq named(const char* name) {
    struct ifreq r;
    memset(&r, 0, sizeof r);
    strcpy(r.ifr_name, name);
    return r;
}

static void ask(int s, const char* what, unsigned long request) {
    struct ifreq r = named("lo");
    errno = 0;
    if (ioctl(s, request, &r) != 0) {
        printf("%s: %s\n", what, strerrorname_np(errno));
        return;
    }
    struct sockaddr_in* a = (struct sockaddr_in*)&r.ifr_addr;
    printf("%s: family %d address %s\n", what, a->sin_family, inet_ntoa(a->sin_addr));
}

int main(void) {
    int s = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct ifreq r = named("lo");
    SHOW(ioctl(s, SIOCGIFINDEX, &r));
    SHOW(r.ifr_ifindex);
    r = named("");
    r.ifr_ifindex = 1;
    SHOW(ioctl(s, SIOCGIFNAME, &r));
    printf("%s\n", r.ifr_name);
    r.ifr_ifindex = 9999;
    SHOW(ioctl(s, SIOCGIFNAME, &r));
    r = named("lo");
    SHOW(ioctl(s, SIOCGIFFLAGS, &r));
    SHOW(r.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING | IFF_BROADCAST));
    SHOW(ioctl(s, SIOCGIFMTU, &r));
    SHOW(r.ifr_mtu);
    SHOW(ioctl(s, SIOCGIFHWADDR, &r));
    SHOW(r.ifr_hwaddr.sa_family);
    SHOW(ioctl(s, SIOCGIFTXQLEN, &r));
    SHOW(r.ifr_qlen);
    ask(s, "address of another family", SIOCGIFADDR);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    ask(s, "address", SIOCGIFADDR);
    ask(s, "netmask", SIOCGIFNETMASK);
    ask(s, "broadcast", SIOCGIFBRDADDR);
    ask(s, "destination", SIOCGIFDSTADDR);
    r = named("nothere");
    SHOW(ioctl(s, SIOCGIFFLAGS, &r));
    SHOW(ioctl(s, SIOCGIFFLAGS, BAD));
    r = named("lo:1");
    SHOW(ioctl(s, SIOCGIFMTU, &r));
    char room[40 * 8];
    struct ifconf c = {.ifc_len = 0};
    c.ifc_buf = NULL;
    SHOW(ioctl(s, SIOCGIFCONF, &c));
    HOLDS(c.ifc_len > 0 && c.ifc_len % (int)sizeof(struct ifreq) == 0);
    c.ifc_len = sizeof room;
    c.ifc_buf = room;
    SHOW(ioctl(s, SIOCGIFCONF, &c));
    printf("%s\n", ((struct ifreq*)room)->ifr_name);
    c.ifc_len = 39;
    SHOW(ioctl(s, SIOCGIFCONF, &c));
    SHOW(c.ifc_len);
    SHOW(ioctl(0, SIOCGIFCONF, &c));
    return 0;
}
