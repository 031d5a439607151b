// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <cstring>
#include <net/datagram/ip_socket_options.hh>
#include <net/ipv6/ipv6.hh>

namespace osprey::net {

namespace {

/// How a value is looked at.
enum class form : u8 {
    boolean,
    number,   // between least and most
    network,  // an interface number in network order
};
struct line {
    u8 level;
    u8 option;
    ip_option slot;
    form how;
    i32 least, most;
    i32 initial;
};
using o = ip_option;

constexpr line lines[] = {
    {0, 1, o::tos, form::number, -0x7fff'ffff, 0x7fff'ffff, 0},
    {0, 2, o::ttl, form::number, -1, 255, -1},
    {0, 3, o::hdrincl, form::boolean, 0, 1, 0},
    {0, 6, o::recvopts, form::boolean, 0, 1, 0},
    {0, 8, o::pktinfo, form::boolean, 0, 1, 0},
    {0, 10, o::mtu_discover, form::number, 0, 5, 1},
    {0, 11, o::recverr, form::boolean, 0, 1, 0},
    {0, 12, o::recvttl, form::boolean, 0, 1, 0},
    {0, 13, o::recvtos, form::boolean, 0, 1, 0},
    {0, 15, o::freebind, form::boolean, 0, 1, 0},
    {0, 20, o::recvorigdstaddr, form::boolean, 0, 1, 0},
    {0, 21, o::min_ttl, form::number, 0, 255, 0},
    {0, 24, o::bind_address_no_port, form::boolean, 0, 1, 0},
    {0, 33, o::multicast_ttl, form::number, -1, 255, 1},
    {0, 34, o::multicast_loop, form::boolean, 0, 1, 1},
    {0, 49, o::multicast_all, form::boolean, 0, 1, 1},
    {0, 50, o::unicast_if, form::network, 0, 0x7fff'ffff, 0},
    {41, 16, o::unicast_hops, form::number, -1, 255, -1},
    {41, 17, o::multicast_if6, form::number, 0, 0x7fff'ffff, 0},
    {41, 18, o::multicast_hops, form::number, -1, 255, 1},
    {41, 19, o::multicast_loop6, form::number, 0, 1, 1},
    {41, 23, o::mtu_discover6, form::number, 0, 5, 1},
    {41, 25, o::recverr6, form::boolean, 0, 1, 0},
    {41, 26, o::v6only, form::boolean, 0, 1, 0},
    {41, 29, o::multicast_all6, form::boolean, 0, 1, 1},
    {41, 49, o::recvpktinfo6, form::boolean, 0, 1, 0},
    {41, 51, o::recvhoplimit, form::boolean, 0, 1, 0},
    {41, 62, o::dontfrag, form::boolean, 0, 1, 0},
    {41, 66, o::recvtclass, form::boolean, 0, 1, 0},
    {41, 67, o::tclass, form::number, -1, 255, 0},
    {41, 70, o::autoflowlabel, form::boolean, 0, 1, 1},
    {41, 72, o::addr_preferences, form::number, 0, 0x7fff, 0x0200},
    {41, 73, o::min_hops, form::number, 0, 255, 0},
    {41, 74, o::recvorigdstaddr6, form::boolean, 0, 1, 0},
    {41, 76, o::unicast_if6, form::network, 0, 0x7fff'ffff, 0},
    {41, 78, o::freebind6, form::boolean, 0, 1, 0},
};

/// What a new socket has, in the order of `ip_option`.
struct initial_values {
    i32 values[static_cast<usize>(o::number)];
};
constexpr initial_values initial = [] {
    initial_values v{};
    for (const line& l : lines)
        v.values[static_cast<usize>(l.slot)] = l.initial;
    return v;
}();

const line* find(int level, int option) noexcept {
    for (const line& l : lines)
        if (l.level == level && l.option == option)
            return &l;
    return nullptr;
}

constexpr int ip_transparent = 19, ipv6_transparent = 75;

bool is_transparent(int level, int option) noexcept {
    return (level == level_ip && option == ip_transparent) ||
           (level == level_ipv6 && option == ipv6_transparent);
}

}  // namespace

usize give_number(std::span<u8> value, i32 number, bool short_form) noexcept {
    if (short_form && value.size() < sizeof number && number >= 0 && number <= 255) {
        if (!value.empty())
            value[0] = static_cast<u8>(number);
        return value.empty() ? 0 : 1;
    }
    const usize n = value.size() < sizeof number ? value.size() : sizeof number;
    std::memcpy(value.data(), &number, n);
    return sizeof number;
}

result<i32> take_number(std::span<const u8> value, bool short_form) noexcept {
    i32 number;
    if (value.size() >= sizeof number) {
        std::memcpy(&number, value.data(), sizeof number);
        return number;
    }
    if (short_form && !value.empty())
        return i32{value[0]};
    return errc::invalid_argument;
}

ip_socket_options::ip_socket_options() noexcept {
    for (usize i = 0; i < std::size(values_); ++i)
        values_[i].store(initial.values[i], std::memory_order_relaxed);
}

bool ip_socket_options::wants_any() const noexcept {
    for (const o which : {o::recvttl, o::recvtos, o::pktinfo, o::recvorigdstaddr, o::recvhoplimit,
                          o::recvtclass, o::recvpktinfo6, o::recvorigdstaddr6})
        if (get(which))
            return true;
    return false;
}

result<void> ip_socket_options::set(int level, int option, std::span<const u8> value) noexcept {
    if (is_transparent(level, option)) {
        if (TRY(take_number(value, level == level_ip)) == 0)
            return ok;
        log::warning("IP_TRANSPARENT is not there: nothing is forwarded here");
        return errc::not_permitted;
    }
    const line* l = find(level, option);
    if (!l)
        return errc::no_protocol_option;
    i32 number = TRY(take_number(value, level == level_ip));
    if (l->how == form::network)
        number = static_cast<i32>(big_endian(static_cast<u32>(number)));
    if (l->how == form::boolean)
        number = number != 0;
    if (number < l->least || number > l->most || (l->slot == o::ttl && number == 0))
        return errc::invalid_argument;
    switch (l->slot) {
        case o::tos:
            number &= 0xff;
            break;
        case o::tclass:
            number = number < 0 ? 0 : number;
            break;
        case o::multicast_ttl:
        case o::multicast_hops:
            number = number < 0 ? 1 : number;
            break;
        case o::multicast_if6:
        case o::unicast_if:
        case o::unicast_if6:
            if (number != 0 && !find_interface(static_cast<u32>(number)))
                return l->slot == o::multicast_if6 ? errc::no_device : errc::address_not_available;
            break;
        default:
            break;
    }
    set(l->slot, number);
    return ok;
}

result<usize> ip_socket_options::get(int level, int option, std::span<u8> value) const noexcept {
    if (is_transparent(level, option))
        return give_number(value, 0, level == level_ip);
    const line* l = find(level, option);
    if (!l)
        return errc::no_protocol_option;
    i32 number = get(l->slot);
    if (number < 0 && (l->slot == o::ttl || l->slot == o::unicast_hops))
        number = l->slot == o::ttl ? 64 : i32{default_hop_limit6.load(std::memory_order_relaxed)};
    if (l->how == form::network)
        number = static_cast<i32>(big_endian(static_cast<u32>(number)));
    return give_number(value, number, level == level_ip);
}

void ip_socket_options::copy_from(const ip_socket_options& other) noexcept {
    for (usize i = 0; i < std::size(values_); ++i)
        values_[i].store(other.get(static_cast<ip_option>(i)), std::memory_order_relaxed);
    wants_control_.store(other.wants_control(), std::memory_order_relaxed);
}

namespace {
void discover_mtu(ip_options& to, i32 value) noexcept {
    const auto how = static_cast<mtu_discovery>(value);
    to.dont_fragment = how == mtu_discovery::always || how == mtu_discovery::probe;
    to.refuse_fragments = how == mtu_discovery::device;
    to.device_mtu = uses_device_mtu(how);
}
}  // namespace

ip_options ip_socket_options::sending(const ip_address& destination) const noexcept {
    ip_options to;
    const bool multicast = destination.is_multicast();
    if (destination.is_v4()) {
        const i32 hops = multicast ? get(o::multicast_ttl) : get(o::ttl);
        to.hop_limit = hops < 0 ? u8{64} : static_cast<u8>(hops);
        to.traffic_class = static_cast<u8>(get(o::tos));
        to.loop = get(o::multicast_loop) != 0;
        discover_mtu(to, get(o::mtu_discover));
    } else {
        const i32 hops = multicast ? get(o::multicast_hops) : get(o::unicast_hops);
        to.hop_limit =
            hops < 0 ? default_hop_limit6.load(std::memory_order_relaxed) : static_cast<u8>(hops);
        to.traffic_class = static_cast<u8>(get(o::tclass));
        to.loop = get(o::multicast_loop6) != 0;
        discover_mtu(to, get(o::mtu_discover6));
        to.dont_fragment = to.dont_fragment || get(o::dontfrag) != 0;
    }
    return to;
}

}  // namespace osprey::net
