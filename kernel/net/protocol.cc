// SPDX-License-Identifier: BSD-3-Clause
#include <net/icmp/icmp.hh>
#include <net/ipv4/ipv4.hh>
#include <net/ipv6/ipv6.hh>
#include <net/protocol.hh>
#include <net/statistics.hh>

namespace osprey::net {
namespace {
constinit std::atomic<transport_protocol*> protocols[256]{};
constinit std::atomic<raw_receiver*> raw_sockets{nullptr};

transport_protocol* find_protocol(u8 number) noexcept {
    return protocols[number].load(std::memory_order_acquire);
}
}  // namespace

void register_protocol(u8 number, transport_protocol& p) noexcept {
    protocols[number].store(&p, std::memory_order_release);
}

void register_raw(raw_receiver& r) noexcept {
    raw_sockets.store(&r, std::memory_order_release);
}

packet_ptr deliver(packet_ptr p) noexcept {
    bool taken = false;
    raw_receiver* raw = raw_sockets.load(std::memory_order_acquire);
    if (raw && raw->sockets.load(std::memory_order_relaxed) != 0) [[unlikely]]
        taken = raw->receive(*p);
    if (transport_protocol* t = find_protocol(p->protocol)) [[likely]] {
        t->receive(std::move(p));
        return nullptr;
    }
    if (taken)
        p.reset();
    return p;
}

void deliver_error(u8 protocol, const icmp_error& e) noexcept {
    raw_receiver* raw = raw_sockets.load(std::memory_order_acquire);
    if (raw && raw->sockets.load(std::memory_order_relaxed) != 0)
        raw->error(protocol, e);
    if (transport_protocol* t = find_protocol(protocol))
        t->error(e);
}

void tell_unreachable(packet& p) noexcept {
    constexpr usize v6_header = 40, quoted = 8;
    icmp_error e{};
    e.what = icmp_error::kind::unreachable;
    u8 protocol;
    usize header;
    if (!p.pull_up(20))
        return;
    if (*p.data() >> 4 == 4) {
        const auto& h = *p.header<ipv4_header>();
        e.type = icmp_unreachable;
        e.code = icmp_host_unreachable;
        e.source = ip_address::v4(h.source);
        e.destination = ip_address::v4(h.destination);
        protocol = h.protocol;
        header = h.header_bytes();
    } else {
        constexpr u8 icmpv6_unreachable = 1, address_unreachable = 3;
        if (!p.pull_up(v6_header))
            return;
        e.type = icmpv6_unreachable;
        e.code = address_unreachable;
        e.source = ip_address::from_v6(p.data() + 8);
        e.destination = ip_address::from_v6(p.data() + 24);
        protocol = p.data()[6];
        header = v6_header;
    }
    e.offender = e.source;
    if (!p.pull_up(header + quoted))
        return;
    e.transport = {p.data() + header, quoted};
    deliver_error(protocol, e);
}

void send_icmp_error(packet& about, icmp_error::kind what) noexcept {
    if (about.destination.is_v4()) {
        send_icmpv4_error(about, what, 0);
        return;
    }
    constexpr u8 port_unreachable = 4, prohibited = 1;
    const u8 code = what == icmp_error::kind::port_unreachable ? port_unreachable
                    : what == icmp_error::kind::prohibited     ? prohibited
                                                               : u8{0};
    send_icmpv6_error(about, what, code, 0);
}

}  // namespace osprey::net
