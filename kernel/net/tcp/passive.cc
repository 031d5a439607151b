// SPDX-License-Identifier: BSD-3-Clause
#include <net/tcp/passive.hh>

namespace osprey::net::tcp {

namespace {

u8 scale_for(u32 most) noexcept {
    u8 scale = 0;
    while (scale < 14 && most >> scale > 65535)
        ++scale;
    return scale;
}

u32 first_window(const settings& s) noexcept {
    return s.receive_buffer < 65535 ? s.receive_buffer : 65535;
}

// Cookies
constexpr u16 cookie_mss[8] = {64, 512, 536, 1024, 1220, 1440, 1460, 8960};
constexpr u64 cookie_period_ns = 64'000'000'000;
constexpr u32 cookie_hash_bits = 24;
/// Low bits of the timestamp: window scale (15: none), SACK, ECN.
constexpr u32 option_mask = 63, sack_bit = 16, ecn_bit = 32, no_scale = 15;

u32 cookie_hash(const hash_key& key, const flow_key& f, u32 peer_start, u32 time,
                u32 mss) noexcept {
    struct {
        flow_key f;
        u32 peer_start, time, mss, zero;
    } input{f, peer_start, time, mss, 0};
    static_assert(sizeof input == 56);
    return static_cast<u32>(siphash({key.k0 ^ 3, key.k1},
                                    {reinterpret_cast<const char*>(&input), sizeof input})) &
           ((1u << cookie_hash_bits) - 1);
}

}  // namespace

handshake answer_syn(const segment& syn, const settings& s, bool v4) noexcept {
    handshake h;
    const segment_options& o = syn.options;
    h.peer_start = syn.sequence;
    h.peer_mss = o.mss ? o.mss : v4 ? 536 : 1220;
    h.scaling = s.window_scaling && o.window_scale != segment_options::no_scale;
    h.peer_scale = h.scaling ? o.window_scale : 0;
    h.own_scale = h.scaling
                      ? scale_for(s.fixed_receive_buffer ? s.receive_buffer : s.most_receive_buffer)
                      : 0;
    h.timestamps = s.timestamps && o.has_timestamp;
    h.peer_timestamp = o.timestamp;
    h.sack = s.sack && o.sack_permitted;
    h.ecn = s.ecn_accept && syn.has(flag_ece) && syn.has(flag_cwr);
    h.offered_window = first_window(s);
    return h;
}

packet_ptr make_syn_ack(const flow_key& f, const handshake& h, const settings& s, u32 mtu,
                        u32 timestamp) noexcept {
    packet_ptr p = packet::make();
    if (!p)
        return p;
    segment_options o;
    u32 mss = largest_mss(mtu, f.remote.is_v4());
    if (s.most_segment && s.most_segment < mss)
        mss = s.most_segment;
    o.mss = static_cast<u16>(mss);
    o.sack_permitted = h.sack;
    if (h.scaling)
        o.window_scale = h.own_scale;
    if (h.timestamps) {
        o.has_timestamp = true;
        o.timestamp = timestamp + h.timestamp_offset;
        o.timestamp_echo = h.peer_timestamp;
    }
    o.fast_open = h.cookie.bytes != 0;
    o.cookie = h.cookie;
    header_fields fields;
    fields.source_port = f.local_port;
    fields.destination_port = f.remote_port;
    fields.sequence = h.local_start;
    fields.acknowledgement = h.peer_start + 1;
    fields.flags = static_cast<u8>(flag_syn | flag_ack | (h.ecn ? flag_ece : 0));
    fields.window = static_cast<u16>(h.offered_window);
    p->source = f.local;
    p->destination = f.remote;
    put_header(*p, fields, o);
    return p;
}

bool completes(const handshake& h, const segment& s) noexcept {
    const u32 begin = h.peer_start + 1;
    return s.has(flag_ack) && !s.has(flag_syn | flag_rst) &&
           s.acknowledgement == h.local_start + 1 && not_before(s.end(), begin) &&
           not_after(s.sequence, begin + h.offered_window);
}

void syn_cookie::make(const hash_key& key, const flow_key& f, handshake& h, u64 now_ns,
                      u32& timestamp) noexcept {
    u32 index = 7;
    while (index != 0 && cookie_mss[index] > h.peer_mss)
        --index;
    h.peer_mss = cookie_mss[index];
    const u32 time = static_cast<u32>(now_ns / cookie_period_ns);
    h.local_start = cookie_hash(key, f, h.peer_start, time, index) | (time & 31) << 27 |
                    index << cookie_hash_bits;
    h.sent = {};
    if (!h.timestamps) {
        h.scaling = h.sack = h.ecn = false;
        return;
    }
    const u32 options =
        (h.scaling ? h.peer_scale : no_scale) | (h.sack ? sack_bit : 0) | (h.ecn ? ecn_bit : 0);
    u32 value = ((timestamp + h.timestamp_offset) & ~option_mask) | options;
    if (after(value, timestamp + h.timestamp_offset))
        value -= option_mask + 1;  // never ahead of the clock
    timestamp = value - h.timestamp_offset;
}

bool syn_cookie::check(const hash_key& key, const flow_key& f, const segment& s,
                       const settings& set, u64 now_ns, u32 timestamp_offset,
                       handshake& h) noexcept {
    if (!s.has(flag_ack) || s.has(flag_syn | flag_rst))
        return false;
    const u32 cookie = s.acknowledgement - 1, peer_start = s.sequence - 1;
    const u32 index = cookie >> cookie_hash_bits & 7;
    const u32 now = static_cast<u32>(now_ns / cookie_period_ns);
    const u32 age = (now - (cookie >> 27)) & 31;
    if (age > 1 || age > now ||
        cookie_hash(key, f, peer_start, now - age, index) !=
            (cookie & ((1u << cookie_hash_bits) - 1)))
        return false;
    h = {};
    h.local_start = cookie;
    h.peer_start = peer_start;
    h.peer_mss = cookie_mss[index];
    h.offered_window = first_window(set);
    h.timestamp_offset = timestamp_offset;
    if (set.timestamps && s.options.has_timestamp) {
        const u32 options = s.options.timestamp_echo & option_mask;
        h.timestamps = true;
        h.peer_timestamp = s.options.timestamp;
        h.scaling = set.window_scaling && (options & 15) != no_scale;
        h.peer_scale = h.scaling ? static_cast<u8>(options & 15) : 0;
        h.own_scale = h.scaling ? scale_for(set.fixed_receive_buffer ? set.receive_buffer
                                                                     : set.most_receive_buffer)
                                : 0;
        h.sack = set.sack && options & sack_bit;
        h.ecn = set.ecn_accept && options & ecn_bit;
    }
    return true;
}

packet_ptr make_reset(const packet& p, const segment& s) noexcept {
    if (s.has(flag_rst))
        return {};
    packet_ptr answer = packet::make();
    if (!answer)
        return answer;
    header_fields h;
    h.source_port = p.destination_port;
    h.destination_port = p.source_port;
    h.flags = flag_rst;
    if (s.has(flag_ack)) {
        h.sequence = s.acknowledgement;
    } else {
        h.acknowledgement = s.end();
        h.flags |= flag_ack;
    }
    answer->source = p.destination;
    answer->destination = p.source;
    put_header(*answer, h, {});
    return answer;
}

}  // namespace osprey::net::tcp
