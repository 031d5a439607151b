// SPDX-License-Identifier: BSD-3-Clause
// Segmentation for devices that cannot (virtio 1.2 §5.1.6.2 tells what those that can do).
#include <net/checksum.hh>
#include <net/ethernet.hh>
#include <net/ipv4/ipv4.hh>
#include <net/output.hh>
#include <net/protocol.hh>

namespace osprey::net {
namespace {

constexpr u8 tcp_fin = 0x01, tcp_push = 0x08, tcp_cwr = 0x80;
constexpr usize tcp_sequence = 4, tcp_data_offset = 12, tcp_flags = 13, tcp_checksum = 16;
constexpr usize udp_bytes = 8, udp_length = 4, udp_checksum = 6;

/// Makes the headers of segment `number` from those of the whole, which stand before its payload.
class header_fitter {
public:
    header_fitter(const packet& whole, usize headers) noexcept
        : whole_{whole}, headers_{headers}, transport_{whole.checksum_start} {}

    void fit(packet& s, u32 number, u32 offset, u32 payload, bool last) const noexcept {
        u8* headers = s.push(headers_);
        std::memcpy(headers, whole_.data(), headers_);
        const auto segment = static_cast<u32>(headers_ - transport_ + payload);
        fit_network(headers + sizeof(ethernet_header), number, segment);
        if (whole_.gso == gso_kind::udp)
            store_big(headers + transport_ + udp_length, static_cast<u16>(segment));
        else
            fit_tcp(headers + transport_, number, offset, last);
        fit_checksum(headers, segment);
        s.device = whole_.device;
        s.ether_type = whole_.ether_type;
        s.check = checksum_state::partial;
        s.checksum_start = static_cast<u16>(transport_);
        s.checksum_offset = whole_.checksum_offset;
    }

private:
    void fit_network(u8* ip, u32 number, u32 segment) const noexcept {
        if (*ip >> 4 != 4) {
            const auto extensions =
                static_cast<u32>(transport_ - sizeof(ethernet_header) - ipv6_header_bytes);
            store_big(ip + 4, static_cast<u16>(extensions + segment));
            return;
        }
        auto* h = reinterpret_cast<ipv4_header*>(ip);
        const auto bytes = static_cast<u32>(transport_ - sizeof(ethernet_header));
        h->total_bytes = static_cast<u16>(bytes + segment);
        h->id = static_cast<u16>(h->id + number);
        h->check = 0;
        checksum sum;
        sum.add(h, bytes);
        h->check = sum.field();
    }
    void fit_tcp(u8* tcp, u32 number, u32 offset, bool last) const noexcept {
        store_big(tcp + tcp_sequence, load_big<u32>(tcp + tcp_sequence) + offset);
        if (!last)
            tcp[tcp_flags] &= static_cast<u8>(~(tcp_fin | tcp_push));
        if (number != 0)
            tcp[tcp_flags] &= static_cast<u8>(~tcp_cwr);  // RFC 3168 §6.1.2: once per window
    }
    void fit_checksum(u8* headers, u32 segment) const noexcept {
        const u8* ip = headers + sizeof(ethernet_header);
        checksum sum;
        if (*ip >> 4 == 4)
            sum.add(ip + 12, 8);
        else
            sum.add(ip + 8, 32);
        sum.add_raw(big_endian(segment));
        sum.add_field(whole_.gso == gso_kind::udp ? protocol_udp : protocol_tcp);
        const u16 field = sum.folded();
        std::memcpy(headers + transport_ + whole_.checksum_offset, &field, sizeof field);
    }

    static constexpr usize ipv6_header_bytes = 40;
    const packet& whole_;
    const usize headers_, transport_;
};

/// Bytes of all headers. 0: they do not make sense.
usize headers_of(const packet& p) noexcept {
    const usize transport = p.checksum_start;
    if (p.gso_bytes == 0 || transport < sizeof(ethernet_header) + 20)
        return 0;
    if (p.gso == gso_kind::udp)
        return p.checksum_offset == udp_checksum ? transport + udp_bytes : 0;
    if (p.checksum_offset != tcp_checksum || transport + 20 > p.linear_bytes())
        return 0;
    return transport + (p.data()[transport + tcp_data_offset] >> 4) * 4u;
}

}  // namespace

packet_list segment_frame(const packet& p) noexcept {
    packet_list segments;
    const usize headers = headers_of(p);
    if (headers == 0 || headers > p.linear_bytes() || headers + 16 > packet::header_room)
        return segments;
    const header_fitter fitter{p, headers};
    const auto payload = static_cast<u32>(p.bytes() - headers);
    u32 number = 0, offset = 0;
    do {
        const u32 here = payload - offset < p.gso_bytes ? payload - offset : p.gso_bytes;
        packet_ptr s = p.slice(headers + offset, here);
        if (!s)
            break;  // the rest is lost as on the wire
        fitter.fit(*s, number++, offset, here, offset + here == payload);
        segments.push_back(std::move(s));
        offset += here;
    } while (offset < payload);
    return segments;
}

}  // namespace osprey::net
