// SPDX-License-Identifier: BSD-3-Clause
#include <base/endian.hh>
#include <net/checksum.hh>
#include <net/protocol.hh>
#include <net/tcp/segment.hh>

namespace osprey::net::tcp {

namespace {
constexpr u8 ecn_field = 3, ecn_congestion = 3;
constexpr usize usual_option_bytes = 12;  // timestamps
}  // namespace

bool take_header(packet& p, segment& s) noexcept {
    if (!p.pull_up(sizeof(wire_header)))
        return false;
    const usize header_bytes = (p.header<wire_header>()->offset >> 4) * 4u;
    if (header_bytes < sizeof(wire_header) || !p.pull_up(header_bytes))
        return false;
    const auto* h = p.header<wire_header>();
    s.sequence = h->sequence;
    s.acknowledgement = h->acknowledgement;
    s.window = h->window;
    s.urgent = h->urgent;
    s.flags = h->flags;
    s.congestion = (p.traffic_class & ecn_field) == ecn_congestion;
    s.segments_count = static_cast<u8>(p.gso_segments > 255 ? 255
                                       : p.gso_segments     ? p.gso_segments
                                                            : 1);
    s.options = {};
    if (header_bytes > sizeof(wire_header))
        parse_options(p.data() + sizeof(wire_header), header_bytes - sizeof(wire_header),
                      s.options);
    p.pull(header_bytes);
    s.payload = p.bytes();
    return true;
}

bool checksum_is_right(packet& p) noexcept {
    if (p.check != checksum_state::none)
        return true;  // verified, or it came by loopback and was never computed
    checksum sum;
    sum.add_pseudo_header(p.source, p.destination, protocol_tcp, p.bytes());
    p.add_checksum(sum, 0, p.bytes());
    if (!sum.correct())
        return false;
    p.check = checksum_state::verified;
    return true;
}

void put_header(packet& p, const header_fields& f, const segment_options& o) noexcept {
    u8 options[most_option_bytes];
    const usize option_bytes = write_options(o, options);
    const u32 payload = p.bytes();
    const usize header_bytes = sizeof(wire_header) + option_bytes;
    auto* h = reinterpret_cast<wire_header*>(p.push(header_bytes));
    h->source_port = f.source_port;
    h->destination_port = f.destination_port;
    h->sequence = f.sequence;
    h->acknowledgement = f.acknowledgement;
    h->offset = static_cast<u8>(header_bytes / 4 << 4);
    h->flags = f.flags;
    h->window = f.window;
    h->urgent = f.urgent;
    if (option_bytes == usual_option_bytes) [[likely]]
        std::memcpy(h + 1, options, usual_option_bytes);  // without a call
    else
        std::memcpy(h + 1, options, option_bytes);
    checksum pseudo;
    pseudo.add_pseudo_header(p.source, p.destination, protocol_tcp,
                             payload + static_cast<u32>(header_bytes));
    h->checksum = pseudo.folded();
    p.protocol = protocol_tcp;
    p.source_port = f.source_port;
    p.destination_port = f.destination_port;
    p.check = checksum_state::partial;
    p.checksum_start = 0;
    p.checksum_offset = offsetof(wire_header, checksum);
}

}  // namespace osprey::net::tcp
