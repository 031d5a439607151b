// SPDX-License-Identifier: BSD-3-Clause
#include <net/aggregator.hh>
#include <net/ethernet.hh>
#include <net/ipv4/ipv4.hh>
#include <net/protocol.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

constexpr usize link_bytes = sizeof(ethernet_header), ipv6_bytes = 40, tcp_least = 20;
constexpr usize tcp_sequence = 4, tcp_acknowledgement = 8, tcp_offset = 12, tcp_flags = 13,
                tcp_window = 14;
constexpr u8 tcp_push = 0x08, tcp_ack = 0x10;
constexpr u32 most_joined = 65000;

}  // namespace

/// A frame as far as it matters here.
struct aggregator::segment {
    const u8* link = nullptr;
    bool v4 = false;
    usize headers = 0;  // all of them
    usize tcp = 0;      // where the TCP header begins
    u32 payload = 0;
    bool joinable = false;

    /// @return false: no TCP segment that this file understands.
    bool read(const packet& p) noexcept {
        link = p.data();
        const usize room = p.linear_bytes();
        if (room < link_bytes + sizeof(ipv4_header) + tcp_least)
            return false;
        const u16 type = load_big<u16>(link + 12);
        v4 = type == ether_ipv4;
        usize ip_total;
        if (v4) {
            const auto& h = *reinterpret_cast<const ipv4_header*>(link + link_bytes);
            if (h.version_and_length != 0x45 || h.protocol != protocol_tcp ||
                (h.fragment & ~ipv4_dont_fragment) != 0)
                return false;
            tcp = link_bytes + sizeof h;
            ip_total = h.total_bytes;
        } else {
            if (type != ether_ipv6 || room < link_bytes + ipv6_bytes + tcp_least ||
                link[link_bytes + 6] != protocol_tcp)
                return false;
            tcp = link_bytes + ipv6_bytes;
            ip_total = ipv6_bytes + load_big<u16>(link + link_bytes + 4);
        }
        headers = tcp + (link[tcp + tcp_offset] >> 4) * 4u;
        if (headers < tcp + tcp_least || headers > room || link_bytes + ip_total > p.bytes())
            return false;
        const bool exact = link_bytes + ip_total == p.bytes();  // no padding behind it
        payload = p.bytes() - static_cast<u32>(headers);
        joinable = exact && payload != 0 && p.check == checksum_state::verified &&
                   p.gso == gso_kind::none && (link[tcp + tcp_flags] & ~tcp_push) == tcp_ack;
        return true;
    }
    [[nodiscard]] u32 sequence() const noexcept { return load_big<u32>(link + tcp + tcp_sequence); }
    [[nodiscard]] bool same_flow(const segment& o) const noexcept {
        if (v4 != o.v4)
            return false;
        const usize addresses = link_bytes + (v4 ? 12 : 8), bytes = v4 ? 8 : 32;
        return std::memcmp(link + addresses, o.link + addresses, bytes) == 0 &&
               std::memcmp(link + tcp, o.link + tcp, 4) == 0;
    }
    /// Are the headers the same in all that a segment's place in the stream does not change?
    [[nodiscard]] bool same_headers(const segment& o) const noexcept {
        if (headers != o.headers ||
            std::memcmp(link + tcp + tcp_acknowledgement, o.link + tcp + tcp_acknowledgement, 5) !=
                0 ||
            std::memcmp(link + tcp + tcp_window, o.link + tcp + tcp_window, 2) != 0 ||
            std::memcmp(link + tcp + tcp_least, o.link + tcp + tcp_least,
                        headers - tcp - tcp_least) != 0)
            return false;
        const u8 *a = link + link_bytes, *b = o.link + link_bytes;
        if (v4)  // traffic class, DF, time to live
            return a[1] == b[1] && a[6] == b[6] && a[8] == b[8];
        return std::memcmp(a, b, 4) == 0 && a[7] == b[7];
    }
    void set_length(u8* frame, u32 bytes) const noexcept {
        u8* ip = frame + link_bytes;
        if (!v4) {
            store_big(ip + 4, static_cast<u16>(bytes - link_bytes - ipv6_bytes));
            return;
        }
        auto& h = *reinterpret_cast<ipv4_header*>(ip);
        h.total_bytes = static_cast<u16>(bytes - link_bytes);
        h.check = 0;
        h.check = static_cast<u16>(~folded_ipv4_header(h));
    }
};

/// Puts the payload of `p` behind that of `held`, if it belongs there.
bool aggregator::join(packet& held, packet& p, const segment& s) noexcept {
    segment first;
    (void)first.read(held);
    const u32 unit = held.gso_bytes ? held.gso_bytes : first.payload;
    if (!s.joinable || !first.same_headers(s) || s.payload > unit || first.payload % unit != 0 ||
        s.sequence() != first.sequence() + first.payload || held.bytes() + s.payload > most_joined)
        return false;
    const u8 push = s.link[s.tcp + tcp_flags] & tcp_push;
    if (!held.absorb(p, s.headers))
        return false;
    held.data()[first.tcp + tcp_flags] |= push;
    first.set_length(held.data(), held.bytes());
    held.gso = first.v4 ? gso_kind::tcp4 : gso_kind::tcp6;
    held.gso_bytes = static_cast<u16>(unit);
    held.gso_segments = static_cast<u16>(held.gso_segments ? held.gso_segments + 1 : 2);
    return true;
}

void aggregator::receive(interface& device, packet_ptr p) noexcept {
    segment s;
    if (!s.read(*p)) {
        device.receive(std::move(p));
        return;
    }
    const bool passes = !s.joinable || s.link[s.tcp + tcp_flags] & tcp_push;
    if (passes && held_count_ == 0) {
        device.receive(std::move(p));
        return;
    }
    packet_ptr* place = nullptr;
    for (packet_ptr& h : held_) {
        segment other;
        if (!h) {
            place = place ? place : &h;
        } else if (other.read(*h) && other.same_flow(s)) {
            if (join(*h, *p, s)) {
                // A short one, or one that is to be seen at once, ends the row.
                if (s.payload < h->gso_bytes || h->data()[s.tcp + tcp_flags] & tcp_push)
                    let_go(device, h);
                return;
            }
            let_go(device, h);  // order within a flow is kept
            place = &h;
            break;
        }
    }
    if (passes) {
        device.receive(std::move(p));
        return;
    }
    if (!place) {
        place = &held_[next_++ % most_flows];
        let_go(device, *place);
    }
    *place = std::move(p);
    ++held_count_;
}

void aggregator::let_go(interface& device, packet_ptr& held) noexcept {
    --held_count_;
    device.receive(std::move(held));
}

TRACEPOINT(net, net_joined_flush);
void aggregator::flush(interface& device) noexcept {
    TRACE(net_joined_flush);
    if (held_count_ == 0)
        return;
    for (packet_ptr& h : held_)
        if (h)
            let_go(device, h);
}

}  // namespace osprey::net
