// SPDX-License-Identifier: BSD-3-Clause
// Ancillary data of datagram sockets, both ways (cmsg(3), ip(7), ipv6(7)).
#include <net/datagram/datagram_socket.hh>

namespace osprey::net {

namespace {

enum : int {
    ip_tos = 1,
    ip_ttl = 2,
    ip_pktinfo = 8,
    ip_origdstaddr = 20,
    ipv6_pktinfo = 50,
    ipv6_hoplimit = 52,
    ipv6_dontfrag = 62,
    ipv6_tclass = 67,
    ipv6_origdstaddr = 74,
    udp_segment = 103,
    scm_rights = 1,
    scm_credentials = 2,
    so_mark = 36,
    so_timestamping = 37,
};

/// struct in_pktinfo
struct pktinfo4 {
    i32 device;
    be32 local;
    be32 header_destination;
};
static_assert(sizeof(pktinfo4) == 12);
/// struct in6_pktinfo
struct pktinfo6 {
    u8 address[16];
    i32 device;
};
static_assert(sizeof(pktinfo6) == 20);

template <typename T>
bool read_value(std::span<const u8> data, T& to) noexcept {
    if (data.size() < sizeof to)
        return false;
    std::memcpy(&to, data.data(), sizeof to);
    return true;
}

u32 index_of(const packet& p) noexcept {
    return p.device ? p.device->index() : 0;
}

}  // namespace

void datagram_socket::add_control4(const packet& p, control_buffer& to) noexcept {
    if (options_.get(ip_option::pktinfo)) {
        // The local address is the one that an answer would come from.
        const bool many = p.destination.is_multicast() || p.link_broadcast;
        const ip_address local = many && p.device ? p.device->ipv4_source(p.source) : p.destination;
        const pktinfo4 info{static_cast<i32>(index_of(p)), local.is_v4() ? local.v4() : 0,
                            p.destination.v4()};
        to.add(level_ip, ip_pktinfo, &info, sizeof info);
    }
    if (options_.get(ip_option::recvttl)) {
        const i32 ttl = p.hop_limit;
        to.add(level_ip, ip_ttl, &ttl, sizeof ttl);
    }
    if (options_.get(ip_option::recvtos))
        to.add(level_ip, ip_tos, &p.traffic_class, 1);
    if (options_.get(ip_option::recvorigdstaddr)) {
        const socket_address a = from_endpoint({p.destination, p.destination_port}, af_inet);
        to.add(level_ip, ip_origdstaddr, a.bytes, a.length);
    }
}

void datagram_socket::add_control6(const packet& p, control_buffer& to) noexcept {
    if (options_.get(ip_option::recvpktinfo6)) {
        pktinfo6 info;
        p.destination.store_v6(info.address);
        info.device = static_cast<i32>(index_of(p));
        to.add(level_ipv6, ipv6_pktinfo, &info, sizeof info);
    }
    if (options_.get(ip_option::recvhoplimit)) {
        const i32 hops = p.hop_limit;
        to.add(level_ipv6, ipv6_hoplimit, &hops, sizeof hops);
    }
    if (options_.get(ip_option::recvtclass)) {
        const i32 value = p.traffic_class;
        to.add(level_ipv6, ipv6_tclass, &value, sizeof value);
    }
    if (options_.get(ip_option::recvorigdstaddr6)) {
        const socket_address a = from_endpoint({p.destination, p.destination_port}, af_inet6);
        to.add(level_ipv6, ipv6_origdstaddr, a.bytes, a.length);
    }
}

void datagram_socket::add_control(const packet& p, control_buffer& to) noexcept {
    if (timestamps.load(std::memory_order_relaxed)) [[unlikely]]
        add_timestamp(to, p.arrived);
    if (options_.wants_control()) [[unlikely]] {
        // A dual-stack socket gets IPv4's records for IPv4 packets, and its own for both.
        if (p.destination.is_v4())
            add_control4(p, to);
        if (family() == af_inet6)
            add_control6(p, to);
    }
    add_protocol_control(p, to);
}

result<void> datagram_socket::take_control(int level, int type, std::span<const u8> data,
                                           send_choice& c) noexcept {
    if (level == sol_socket) {
        // Nothing is marked here; descriptors and credentials mean nothing to IP, as on Linux.
        const bool harmless = type == scm_rights || type == scm_credentials || type == so_mark ||
                              type == so_timestamping;
        return harmless ? result<void>{} : errc::invalid_argument;
    }
    i32 number = 0;
    if (level == level_ip && family() == af_inet) {
        pktinfo4 info;
        switch (type) {
            case ip_pktinfo:
                if (!read_value(data, info))
                    return errc::invalid_argument;
                if (info.device != 0)
                    c.device = static_cast<u32>(info.device);
                if (info.local != 0)
                    c.source = ip_address::v4(info.local);
                return ok;
            case ip_ttl:
                if (!read_value(data, number) || number < 1 || number > 255)
                    return errc::invalid_argument;
                c.ip.hop_limit = static_cast<u8>(number);
                return ok;
            case ip_tos:
                number = data.size() >= 4 ? TRY(take_number(data, false))
                         : data.empty()   ? -1
                                          : data[0];
                if (number < 0 || number > 255)
                    return errc::invalid_argument;
                c.ip.traffic_class = static_cast<u8>(number);
                return ok;
            default:
                return errc::invalid_argument;
        }
    }
    if (level == level_ipv6 && family() == af_inet6) {
        pktinfo6 info;
        switch (type) {
            case ipv6_pktinfo:
                if (!read_value(data, info))
                    return errc::invalid_argument;
                if (info.device != 0)
                    c.device = static_cast<u32>(info.device);
                if (const ip_address a = ip_address::from_v6(info.address); !a.is_any())
                    c.source = a;
                return ok;
            case ipv6_hoplimit:
                if (!read_value(data, number) || number < -1 || number > 255)
                    return errc::invalid_argument;
                if (number >= 0)
                    c.ip.hop_limit = static_cast<u8>(number);
                return ok;
            case ipv6_tclass:
                if (!read_value(data, number) || number < -1 || number > 255)
                    return errc::invalid_argument;
                if (number >= 0)
                    c.ip.traffic_class = static_cast<u8>(number);
                return ok;
            case ipv6_dontfrag:
                if (!read_value(data, number) || number < 0 || number > 1)
                    return errc::invalid_argument;
                c.ip.dont_fragment = number != 0;
                return ok;
            default:
                return errc::invalid_argument;
        }
    }
    if (level == level_udp && protocol() == protocol_udp && type == udp_segment) {
        u16 bytes;
        if (!read_value(data, bytes))
            return errc::invalid_argument;
        c.segment_bytes = bytes;
        return ok;
    }
    return level == level_udp && protocol() == protocol_udp ? errc::invalid_argument
                                                            : result<void>{};
}

result<send_choice> datagram_socket::choose(std::span<const u8> ancillary,
                                            const endpoint& to) noexcept {
    send_choice c{.to = to, .ip = options_.sending(to.address)};
    c.source =
        local_.address.is_any() || local_.address.is_multicast() ? ip_address{} : local_.address;
    if (!local_.address.is_v4() && local_.address == ip_address{} && to.address.is_v4())
        c.source = ip_address::v4_any();
    c.device = bound_device.load(std::memory_order_relaxed);
    if (to.scope != 0)
        c.device = to.scope;
    if (to.address.is_multicast()) {
        const u32 chosen = to.address.is_v4()
                               ? options_.multicast_device.load(std::memory_order_relaxed)
                               : static_cast<u32>(options_.get(ip_option::multicast_if6));
        if (c.device == 0)
            c.device = chosen;
        const u32 source = options_.multicast_source.load(std::memory_order_relaxed);
        if (to.address.is_v4() && source != 0 && c.source.is_any())
            c.source = ip_address::v4(source);
    } else if (c.device == 0) {
        c.device = static_cast<u32>(
            options_.get(to.address.is_v4() ? ip_option::unicast_if : ip_option::unicast_if6));
    }
    if (!ancillary.empty()) [[unlikely]]
        TRY_VOID(for_each_control(
            ancillary, [&](int level, int type, std::span<const u8> data) noexcept -> result<void> {
                return take_control(level, type, data, c);
            }));
    return c;
}

result<refptr<route>> datagram_socket::find_way(const send_choice& c) noexcept {
    auto way =
        TRY(find_route({.destination = c.to.address, .source = c.source, .device = c.device}));
    if (way->type == route_broadcast && !broadcast.load(std::memory_order_relaxed))
        return errc::access_denied;
    return way;
}

}  // namespace osprey::net
