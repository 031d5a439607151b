// SPDX-License-Identifier: BSD-3-Clause
#include <net/checksum.hh>
#include <net/datagram/socket_list.hh>
#include <net/ethernet.hh>
#include <net/inet_family.hh>
#include <net/ipv4/ipv4.hh>
#include <net/ipv6/header.hh>
#include <net/raw/raw.hh>

namespace osprey::net {

namespace {

constexpr int ip_hdrincl = 3, ipv6_checksum = 7, ipv6_hdrincl = 36;
constexpr int icmp_filter = 1;  // of level SOL_RAW, and ICMP6_FILTER of level ICMPV6
constexpr int protocol_raw = 255;
constexpr u16 unspecified_family = 0;

constinit socket_list<raw_socket> sockets;

class receiver final : public raw_receiver {
public:
    constexpr receiver() noexcept = default;
    bool receive(const packet& p) noexcept override {
        bool taken = false;
        net::sockets.for_each([&](const raw_socket& s) noexcept { return s.wants(p); },
                              [&](raw_socket& s) noexcept {
                                  taken = true;
                                  s.take(p);
                              });
        return taken;
    }
    void error(u8 protocol, const icmp_error& e) noexcept override {
        net::sockets.for_each(
            [&](const raw_socket& s) noexcept { return s.concerns(protocol, e); },
            [&](raw_socket& s) noexcept { s.queue_error(e, {e.destination}, e.transport); });
    }
};
constinit receiver raw_packets;

result<refptr<socket>> create(int family, int protocol, u32 flags) noexcept {
    auto s = TRY(make_ref<raw_socket>(family, protocol, flags));
    TRY_VOID(sockets.add(*s));
    raw_packets.sockets.fetch_add(1);
    return s;
}
constinit inet_type type{.type = sock_raw,
                         .protocol = inet_type::any_protocol,
                         .is_default = false,
                         .v4 = true,
                         .v6 = true,
                         .create = create};

}  // namespace

void start_raw() noexcept {
    register_raw(raw_packets);
    register_inet_type(type);
}

raw_socket::raw_socket(int family, int protocol, u32 flags) noexcept
    : datagram_socket{family, sock_raw, protocol, flags} {
    if (family == af_inet)
        local_.address = remote_.address = ip_address::v4_any();
    header_included_ = protocol == protocol_raw;
    if (family == af_inet6 && protocol == protocol_icmpv6)
        checksum_offset_ = 2;
    local_.port = static_cast<u16>(protocol);  // what getsockname(2) shows, as on Linux
}

void raw_socket::leave_tables() noexcept {
    sockets.remove(*this);
    raw_packets.sockets.fetch_sub(1);
}

bool raw_socket::passes_icmp_filter(u8 t) const noexcept {
    if (family() == af_inet)
        return protocol() != protocol_icmp || t >= 32 ||
               !(filter_[0].load(std::memory_order_relaxed) >> t & 1);
    return protocol() != protocol_icmpv6 ||
           !(filter_[t / 32].load(std::memory_order_relaxed) >> t % 32 & 1);
}

bool raw_socket::wants(const packet& p) const noexcept {
    const bool v4 = p.destination.is_v4();
    if (p.protocol != protocol() || v4 != (family() == af_inet))
        return false;
    const u32 device = bound_device.load(std::memory_order_relaxed);
    if (device != 0 && (!p.device || p.device->index() != device))
        return false;
    if (!local_.address.is_any() && local_.address != p.destination)
        return false;
    if (is_connected() && remote_.address != p.source)
        return false;
    if (p.destination.is_multicast() &&
        !groups_.wants(p.destination, p.device ? p.device->index() : 0, p.source, true))
        return false;
    return p.linear_bytes() == 0 || passes_icmp_filter(*p.data());
}

bool raw_socket::concerns(u8 ip_protocol, const icmp_error& e) const noexcept {
    return ip_protocol == protocol() && e.destination.is_v4() == (family() == af_inet) &&
           (local_.address.is_any() || local_.address == e.source) &&
           (!is_connected() || remote_.address == e.destination);
}

void raw_socket::take(const packet& p) noexcept {
    packet_ptr copy = p.slice(0, p.bytes());
    if (!copy)
        return;
    if (p.destination.is_v4()) {
        const u32 header = p.network_header;
        if (header > p.headroom() || header > copy->headroom())
            return;
        std::memcpy(copy->push(header), p.data() - header, header);
    }
    copy->device = p.device;
    copy->ether_type = p.ether_type;
    copy->protocol = p.protocol;
    copy->hop_limit = p.hop_limit;
    copy->traffic_class = p.traffic_class;
    copy->link_broadcast = p.link_broadcast;
    copy->check = p.check;
    copy->source = p.source;
    copy->destination = p.destination;
    copy->arrived = p.arrived;
    if (queue(std::move(copy)))
        wake_readers();
}

bool raw_socket::verify(packet& p) noexcept {
    const i32 offset = checksum_offset_.load(std::memory_order_relaxed);
    if (family() == af_inet6 && offset >= 0) {
        checksum sum;
        sum.add_pseudo_header(p.source, p.destination, p.protocol, p.bytes());
        p.add_checksum(sum, 0, p.bytes());
        if (static_cast<u32>(offset) + 2 > p.bytes() || !sum.correct())
            return false;
    }
    p.check = checksum_state::verified;
    return true;
}

result<void> raw_socket::bind(const socket_address& a) noexcept {
    endpoint e = TRY(to_endpoint(a, family()));
    if (family() == af_inet6 && e.address.is_v4())
        return errc::address_not_available;
    TRY_VOID(check_bindable(e));
    if (e.scope != 0 && e.address.is_link_local())
        bound_device.store(e.scope);
    sync::lock_guard guard{mutex_};
    e.port = local_.port;
    local_ = e;
    return ok;
}

result<void> raw_socket::connect(const socket_address& a) noexcept {
    if (a.length < sizeof(u16))
        return errc::invalid_argument;
    if (a.family() == unspecified_family) {
        connected_.store(false, std::memory_order_release);
        return ok;
    }
    endpoint to = TRY(destination_of(a));
    auto way = TRY(find_way(TRY(choose({}, to))));
    sync::lock_guard guard{mutex_};
    if (local_.address.is_any())
        local_.address = way->source;
    to.port = 0;
    remote_ = to;
    connected_.store(true, std::memory_order_release);
    return ok;
}

result<endpoint> raw_socket::target_of(const message& m) noexcept {
    if (m.name && m.name->length != 0) {
        endpoint e = TRY(destination_of(*m.name));
        if (family() == af_inet6 && e.address.is_v4())
            return errc::invalid_argument;
        return e;
    }
    if (!is_connected())
        return errc::no_destination;
    return remote();
}

result<void> raw_socket::fill_in_checksum(packet& p, const ip_address& source,
                                          const ip_address& destination) noexcept {
    const i32 offset = checksum_offset_.load(std::memory_order_relaxed);
    if (family() != af_inet6 || offset < 0)
        return ok;
    const auto at = static_cast<usize>(offset);
    if (at + 2 > p.bytes() || !p.pull_up(at + 2))
        return errc::invalid_argument;
    std::memset(p.data() + at, 0, 2);
    checksum sum;
    sum.add_pseudo_header(source, destination, static_cast<u8>(protocol()), p.bytes());
    p.add_checksum(sum, 0, p.bytes());
    const u16 field = sum.field();
    std::memcpy(p.data() + at, &field, sizeof field);
    return ok;
}

/// IP_HDRINCL: the program made the header; what it left empty is filled in (raw(7)).
result<void> raw_socket::send_with_header(const send_choice& how, route& way,
                                          packet_ptr p) noexcept {
    if (p->bytes() > way.mtu())
        return errc::message_too_long;
    if (family() == af_inet6) {
        if (!p->pull_up(sizeof(ipv6_header)))
            return errc::invalid_argument;
        return send_on_link(way, std::move(p), ether_ipv6);
    }
    if (!p->pull_up(sizeof(ipv4_header)))
        return errc::invalid_argument;
    const usize header = p->header<ipv4_header>()->header_bytes();
    if (header < sizeof(ipv4_header) || !p->pull_up(header))
        return errc::invalid_argument;
    auto* h = p->header<ipv4_header>();
    h->total_bytes = static_cast<u16>(p->bytes());
    if (h->source == 0)
        h->source = (how.source.is_any() ? way.source : how.source).v4();
    if (h->id == 0)
        h->id = next_ipv4_id(ip_address::v4(h->source), ip_address::v4(h->destination));
    h->check = 0;
    checksum sum;
    sum.add(h, header);
    h->check = sum.field();
    return send_on_link(way, std::move(p), ether_ipv4);
}

result<usize> raw_socket::send(message& m) noexcept {
    if (m.flags & msg_oob)
        return errc::not_supported;
    if (const errc e = late_error(); e != errc{})
        return e;
    const usize bytes = m.data.remaining();
    if (bytes > 0xffff)
        return errc::message_too_long;
    const endpoint to = TRY(target_of(m));
    const send_choice how = TRY(choose(m.control_in, to));
    const refptr<route> way = TRY(find_way(how));
    packet_ptr p = packet::make();
    if (!p)
        return errc::no_buffers;
    TRY_VOID(p->append_from(m.data, bytes));
    if (header_included_.load(std::memory_order_relaxed)) {
        TRY_VOID(send_with_header(how, *way, std::move(p)));
        return bytes;
    }
    const ip_address source = how.source.is_any() ? way->source : how.source;
    TRY_VOID(fill_in_checksum(*p, source, to.address));
    TRY_VOID(send_ip(*way, source, static_cast<u8>(protocol()), std::move(p), how.ip));
    return bytes;
}

result<void> raw_socket::set_option(int level, int option, std::span<const u8> value) noexcept {
    if ((level == level_ip && option == ip_hdrincl && family() == af_inet) ||
        (level == level_ipv6 && option == ipv6_hdrincl && family() == af_inet6)) {
        header_included_.store(TRY(take_number(value, level == level_ip)) != 0);
        return ok;
    }
    if (level == level_raw && option == icmp_filter && protocol() == protocol_icmp) {
        filter_[0].store(static_cast<u32>(TRY(take_number(value, false))));
        return ok;
    }
    if (level == level_icmpv6 && option == icmp_filter && protocol() == protocol_icmpv6) {
        for (usize i = 0; i < 8 && i * 4 + 4 <= value.size(); ++i)
            filter_[i].store(load_little<u32>(value.data() + 4 * i));
        return ok;
    }
    if ((level == level_ipv6 || level == level_raw) && option == ipv6_checksum &&
        family() == af_inet6) {
        const i32 offset = TRY(take_number(value, false));
        if (protocol() == protocol_icmpv6 && level == level_ipv6)
            return errc::invalid_argument;  // always there (RFC 3542 §3.1)
        if (offset > 0 && offset % 2 != 0)
            return errc::invalid_argument;
        checksum_offset_.store(offset < 0 ? -1 : offset);
        return ok;
    }
    return datagram_socket::set_option(level, option, value);
}

result<usize> raw_socket::get_option(int level, int option, std::span<u8> value) noexcept {
    if ((level == level_ip && option == ip_hdrincl && family() == af_inet) ||
        (level == level_ipv6 && option == ipv6_hdrincl && family() == af_inet6))
        return give_number(value, header_included_.load(), level == level_ip);
    if (level == level_raw && option == icmp_filter && protocol() == protocol_icmp)
        return give_number(value, static_cast<i32>(filter_[0].load()), false);
    if (level == level_icmpv6 && option == icmp_filter && protocol() == protocol_icmpv6) {
        for (usize i = 0; i < 8 && i * 4 + 4 <= value.size(); ++i)
            store_little(value.data() + 4 * i, filter_[i].load());
        return value.size() < 32 ? value.size() : usize{32};
    }
    if ((level == level_ipv6 || level == level_raw) && option == ipv6_checksum &&
        family() == af_inet6)
        return give_number(value, checksum_offset_.load(), false);
    return datagram_socket::get_option(level, option, value);
}

}  // namespace osprey::net
