// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/packet.hh>
#include <net/tcp/sequence.hh>

namespace osprey::net::tcp {

/// The fixed part of a TCP header (RFC 9293 §3.1).
struct wire_header {
    be16 source_port, destination_port;
    be32 sequence, acknowledgement;
    u8 offset;  // header length in words, upper four bits
    u8 flags;
    be16 window;
    u16 checksum;
    be16 urgent;
};
static_assert(sizeof(wire_header) == 20);
inline constexpr usize most_option_bytes = 40;

/// Payload of the largest segment without options in an IP packet of `mtu` bytes, at least 48.
constexpr u32 largest_mss(u32 mtu, bool v4) noexcept {
    constexpr u32 largest_packet = 65535, least = 48;
    const u32 headers = (v4 ? 20 : 40) + static_cast<u32>(sizeof(wire_header));
    if (v4 && mtu > largest_packet)
        mtu = largest_packet;
    if (mtu < headers + least)
        return least;
    return mtu - headers < largest_packet ? mtu - headers : largest_packet;
}

enum header_flag : u8 {
    flag_fin = 1,
    flag_syn = 2,
    flag_rst = 4,
    flag_psh = 8,
    flag_ack = 16,
    flag_urg = 32,
    flag_ece = 64,
    flag_cwr = 128,
};

/// TCP Fast Open (RFC 7413): what a server once gave a client, by which it knows that the client
/// gets what is sent to its address.
struct fast_open_cookie {
    static constexpr u8 most = 16;
    u8 bytes = 0;  // 0: none
    u8 value[most];
};

/// What the options of one segment say (RFC 9293 §3.2, 7323, 2018, 7413).
struct segment_options {
    static constexpr u8 no_scale = 0xff;
    u16 mss = 0;  // 0: not said
    u8 window_scale = no_scale;
    bool sack_permitted = false;
    bool has_timestamp = false;
    bool fast_open = false;  // with a cookie, or asking for one
    u8 sack_count = 0;
    u32 timestamp = 0, timestamp_echo = 0;
    sequence_range sacks[4];  // the first `sack_count` are set
    fast_open_cookie cookie;
};

/// Reads `bytes` of options. What is malformed ends the reading, as most stacks have it.
void parse_options(const u8* at, usize bytes, segment_options& o) noexcept;
/// Writes them, padded to words, in the order that most stacks use, so that the receiver's fast
/// path fits. @return bytes, at most `most_option_bytes`; SACK blocks beyond that are left out.
usize write_options(const segment_options& o, u8* to) noexcept;

/// One received segment, in host order.
struct segment {
    sequence_number sequence, acknowledgement;
    u32 payload;  // bytes
    u16 window;   // not scaled
    u16 urgent;
    u8 flags;
    bool congestion;    // an ECN mark on the IP packet (RFC 3168)
    u8 segments_count;  // how many packets the device or GRO put together
    segment_options options;

    [[nodiscard]] bool has(u8 f) const noexcept { return flags & f; }
    /// SYN and FIN take a number each.
    [[nodiscard]] u32 length() const noexcept {
        return payload + (has(flag_syn) ? 1 : 0) + (has(flag_fin) ? 1 : 0);
    }
    [[nodiscard]] sequence_number end() const noexcept { return sequence + length(); }
};

/// Reads the header at `p.data()` and takes it off, so that `p` is left with the payload.
/// @return false: malformed; `p` is good for nothing then.
bool take_header(packet& p, segment& s) noexcept;
/// Whether the transport checksum is right; computes it if nobody has vouched for it.
/// `p.data()` is at the TCP header.
bool checksum_is_right(packet& p) noexcept;

/// What is put into a header to be sent.
struct header_fields {
    u16 source_port = 0, destination_port = 0;
    sequence_number sequence = 0, acknowledgement = 0;
    u8 flags = 0;
    u16 window = 0;
    u16 urgent = 0;
};
/// Puts header and options in front of the payload and leaves the checksum `partial`. `addresses`
/// are already in `p.source` and `p.destination`.
void put_header(packet& p, const header_fields& h, const segment_options& o) noexcept;

}  // namespace osprey::net::tcp
