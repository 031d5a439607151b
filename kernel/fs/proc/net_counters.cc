// SPDX-License-Identifier: BSD-3-Clause
//
// /proc/net/snmp, snmp6 and netstat: what the stack counts (net/statistics.def).
#include <fs/proc/net_files.hh>
#include <net/statistics.hh>

namespace osprey::fs {
namespace {

/// Values in front of the counters of a group, which Linux has there and which never change.
struct constants {
    std::string_view group, names, values;
};
constexpr constants fixed[] = {
    {"Ip", " Forwarding DefaultTTL", " 2 64"},
    {"Tcp", " RtoAlgorithm RtoMin RtoMax MaxConn", " 1 200 120000 -1"},
};

/// Two lines: names, and values below.
result<void> print_group(string& out, std::string_view group) noexcept {
    std::string_view names, values;
    for (const constants& c : fixed)
        if (c.group == group) {
            names = c.names;
            values = c.values;
        }
    TRY_VOID(print(out, "{}:{}", group, names));
    for (usize i = 0; i < net::statistic_count; ++i) {
        const auto n = net::name_of(static_cast<net::statistic>(i));
        if (n.group == group)
            TRY_VOID(print(out, " {}", n.name));
    }
    TRY_VOID(print(out, "\n{}:{}", group, values));
    for (usize i = 0; i < net::statistic_count; ++i) {
        const auto s = static_cast<net::statistic>(i);
        if (net::name_of(s).group == group)
            TRY_VOID(print(out, " {}", net::total(s)));
    }
    return out.push_back('\n');
}

bool has_group(std::string_view group) noexcept {
    for (usize i = 0; i < net::statistic_count; ++i)
        if (net::name_of(static_cast<net::statistic>(i)).group == group)
            return true;
    return false;
}

result<void> print_groups(string& out, std::span<const std::string_view> groups) noexcept {
    for (std::string_view g : groups)
        if (has_group(g))
            TRY_VOID(print_group(out, g));
    return ok;
}

result<void> show_snmp(string& out) noexcept {
    constexpr std::string_view groups[] = {"Ip", "Icmp", "IcmpMsg", "Tcp", "Udp", "UdpLite"};
    return print_groups(out, groups);
}

result<void> show_netstat(string& out) noexcept {
    constexpr std::string_view groups[] = {"TcpExt", "IpExt"};
    return print_groups(out, groups);
}

/// One counter a line, the group in front of its name: Ip6InReceives.
result<void> show_snmp6(string& out) noexcept {
    constexpr usize width = 32;
    for (usize i = 0; i < net::statistic_count; ++i) {
        const auto s = static_cast<net::statistic>(i);
        const auto n = net::name_of(s);
        if (n.group != "Ip6" && n.group != "Icmp6" && n.group != "Udp6")
            continue;
        const usize start = out.size();
        TRY_VOID(print(out, "{}{}", n.group, n.name));
        while (out.size() - start < width)
            TRY_VOID(out.push_back(' '));
        TRY_VOID(print(out, "\t{}\n", net::total(s)));
    }
    return ok;
}

}  // namespace

result<void> add_network_counters(synthetic_directory& net) noexcept {
    TRY_VOID(net.file("snmp", {show_snmp, nullptr}));
    TRY_VOID(net.file("snmp6", {show_snmp6, nullptr}));
    return net.file("netstat", {show_netstat, nullptr});
}

}  // namespace osprey::fs
