// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <base/interfaces.hh>
#include <base/text.hh>

#include <algorithm>
#include <array>
#include <memory>

namespace osprey::rest {

namespace {

std::string text_of(const sockaddr* address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    if (address && address->sa_family == AF_INET) {
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text.data(),
                    text.size());
    }
    return text.data();
}

void read_class(interface_facts& one) {
    const std::string folder = "/sys/class/net/" + one.name + "/";
    const auto count = [&](const char* name) {
        return static_cast<uint64_t>(read_number(folder + "statistics/" + name));
    };
    one.mtu = read_number(folder + "mtu");
    one.arp_type = read_number(folder + "type");
    one.address_bytes = read_number(folder + "addr_len");
    one.has_carrier = read_number(folder + "carrier") == 1;
    one.megabits = std::max<int64_t>(read_number(folder + "speed"), 0);
    const std::string address = read_word(folder + "address");
    one.link_address = (one.flags & IFF_LOOPBACK) != 0 ? "" : address;
    one.rx_packets = count("rx_packets");
    one.rx_errors = count("rx_errors");
    one.rx_bytes = count("rx_bytes");
    one.rx_dropped = count("rx_dropped");
    one.multicast = count("multicast");
    one.tx_packets = count("tx_packets");
    one.tx_errors = count("tx_errors");
    one.tx_bytes = count("tx_bytes");
    one.tx_dropped = count("tx_dropped");
    one.collisions = count("collisions");
}

constexpr unsigned long rtf_up = 1, rtf_gateway = 2, rtf_host = 4;

/// The reference's letters: up, gateway, host, and static for what no interface brought along.
std::string flag_letters(unsigned long flags, bool has_gateway) {
    std::string text;
    text += (flags & rtf_up) != 0 ? "U" : "";
    text += has_gateway ? "G" : "";
    text += (flags & rtf_host) != 0 ? "H" : "";
    text += has_gateway ? "S" : "";
    return text;
}

unsigned long from_hex(std::string_view text) {
    return std::strtoul(std::string{text}.c_str(), nullptr, 16);
}

std::string ipv4_text(unsigned long network_order) {
    const in_addr address{static_cast<in_addr_t>(network_order)};
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address, text.data(), text.size());
    return text.data();
}

/// 32 hexadecimal digits.
std::string ipv6_text(std::string_view digits) {
    in6_addr address{};
    for (size_t i = 0; i < 16 && digits.size() == 32; ++i) {
        address.s6_addr[i] = static_cast<uint8_t>(from_hex(digits.substr(2 * i, 2)));
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &address, text.data(), text.size());
    return text.data();
}

}  // namespace

std::vector<interface_facts> read_interfaces() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) {
        return {};
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{first, ::freeifaddrs};
    std::vector<interface_facts> list;
    for (const ifaddrs* entry = first; entry; entry = entry->ifa_next) {
        auto one = std::ranges::find(list, entry->ifa_name, &interface_facts::name);
        if (one == list.end()) {
            list.push_back({.name = entry->ifa_name, .flags = entry->ifa_flags});
            one = list.end() - 1;
        }
        if (entry->ifa_addr && entry->ifa_addr->sa_family == AF_INET && one->address.empty()) {
            one->address = text_of(entry->ifa_addr);
            one->mask = text_of(entry->ifa_netmask);
            one->broadcast =
                (entry->ifa_flags & IFF_BROADCAST) != 0 ? text_of(entry->ifa_broadaddr) : "";
        }
    }
    for (interface_facts& one : list) {
        read_class(one);
    }
    return list;
}

std::vector<route_facts> parse_routes(std::string_view text) {
    std::vector<route_facts> list;
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = words(line);
        if (fields.size() < 8 || fields[0] == "Iface") {
            continue;
        }
        const unsigned long target = from_hex(fields[1]);
        const unsigned long gateway = from_hex(fields[2]);
        const unsigned long flags = from_hex(fields[3]);
        const int length = __builtin_popcountl(from_hex(fields[7]));
        const bool has_gateway = (flags & rtf_gateway) != 0 || gateway != 0;
        list.push_back({target == 0 && length == 0 ? "default"
                        : length == 32             ? ipv4_text(target)
                                       : ipv4_text(target) + "/" + std::to_string(length),
                        has_gateway ? ipv4_text(gateway) : "link#" + std::string{fields[0]},
                        flag_letters(length == 32 ? flags | rtf_host : flags, has_gateway),
                        std::string{fields[0]}, false});
    }
    return list;
}

std::vector<route_facts> parse_ipv6_routes(std::string_view text) {
    std::vector<route_facts> list;
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = words(line);
        if (fields.size() < 10) {
            continue;
        }
        const unsigned long length = from_hex(fields[1]);
        const unsigned long flags = from_hex(fields[8]);
        const std::string target = ipv6_text(fields[0]);
        const bool has_gateway = fields[4].find_first_not_of('0') != std::string_view::npos;
        list.push_back({target == "::" && length == 0 ? "default"
                        : length == 128               ? target
                                                      : target + "/" + std::to_string(length),
                        has_gateway ? ipv6_text(fields[4]) : "link#" + std::string{fields[9]},
                        flag_letters(length == 128 ? flags | rtf_host : flags, has_gateway),
                        std::string{fields[9]}, true});
    }
    return list;
}

std::vector<route_facts> read_routes() {
    auto list = parse_routes(read_text("/proc/net/route").value_or(""));
    std::ranges::move(parse_ipv6_routes(read_text("/proc/net/ipv6_route").value_or("")),
                      std::back_inserter(list));
    return list;
}

}  // namespace osprey::rest
