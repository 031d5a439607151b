// SPDX-License-Identifier: BSD-3-Clause
// /proc/net and /sys/class/net: the same headings and shapes as Linux.
#include <dirent.h>
#include <report.h>

static void heading(const char* name, int lines) {
    FILE* f = fopen(name, "r");
    char line[512];
    if (!f) {
        printf("%s: %s\n", name, strerrorname_np(errno));
        return;
    }
    for (int i = 0; i < lines && fgets(line, sizeof line, f); ++i)
        printf("%s: %s", name, line);
    fclose(f);
}

static void value(const char* name) {
    char path[100], text[100] = "";
    snprintf(path, sizeof path, "/sys/class/net/lo/%s", name);
    int fd = open(path, O_RDONLY);
    errno = 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    if (n < 0)
        printf("%s: %s\n", name, strerrorname_np(errno));
    else
        printf("%s: %s", name, text);
    close(fd);
}

/// Names of the first line of a group, in a file that may have more of them.
static void names(const char* file, const char* group, const char* name) {
    FILE* f = fopen(file, "r");
    char line[4096];
    int found = 0;
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, group, strlen(group)) == 0 && strstr(line, name))
            found = 1;
    if (f)
        fclose(f);
    printf("%s %s %s: %s\n", file, group, name, found ? "there" : "MISSING");
}

int main(void) {
    char target[64] = "";
    SHOW(readlink("/proc/net", target, sizeof target));
    printf("%s\n", target);
    heading("/proc/net/dev", 2);
    heading("/proc/net/route", 1);
    heading("/proc/net/tcp", 1);
    heading("/proc/net/tcp6", 1);
    heading("/proc/net/udp", 1);
    heading("/proc/net/udp6", 1);
    heading("/proc/net/raw", 1);
    heading("/proc/net/raw6", 1);
    heading("/proc/net/unix", 1);
    heading("/proc/net/netlink", 1);
    heading("/proc/net/arp", 1);
    heading("/proc/net/igmp", 1);
    names("/proc/net/snmp", "Ip:", "Forwarding DefaultTTL InReceives");
    names("/proc/net/snmp", "Tcp:", "RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens");
    names("/proc/net/snmp", "Udp:", "InDatagrams NoPorts InErrors OutDatagrams");
    names("/proc/net/netstat", "IpExt:", "InNoRoutes");
    const char* attributes[] = {"address",
                                "addr_len",
                                "broadcast",
                                "mtu",
                                "operstate",
                                "carrier",
                                "ifindex",
                                "iflink",
                                "type",
                                "dev_id",
                                "speed",
                                "duplex",
                                "link_mode",
                                "flags",
                                "tx_queue_len",
                                "dormant",
                                "statistics/rx_errors",
                                "statistics/collisions"};
    for (unsigned i = 0; i < sizeof attributes / sizeof *attributes; ++i)
        value(attributes[i]);
    SHOW(open("/sys/class/net/none/mtu", O_RDONLY));
    SHOW(access("/proc/sys/net/core/somaxconn", R_OK));
    SHOW(access("/proc/self/net/dev", R_OK));
    return 0;
}
