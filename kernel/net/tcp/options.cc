// SPDX-License-Identifier: BSD-3-Clause
#include <base/endian.hh>
#include <cstring>
#include <net/tcp/segment.hh>

namespace osprey::net::tcp {

namespace {

/// Kinds (IANA "TCP Option Kind Numbers").
enum kind : u8 {
    end_of_list = 0,
    no_operation = 1,
    maximum_segment_size = 2,
    window_scale = 3,
    sack_permitted = 4,
    sack = 5,
    timestamps = 8,
    fast_open = 34,
};

/// NOP NOP timestamps, 10 bytes: how nearly every segment of nearly every stack begins.
constexpr u32 usual_start = 0x0101'080a;

void parse_one(u8 what, const u8* value, usize bytes, segment_options& o) noexcept {
    switch (what) {
        case maximum_segment_size:
            if (bytes == 2)
                o.mss = load_big<u16>(value);
            break;
        case window_scale:
            if (bytes == 1)
                o.window_scale = value[0] > 14 ? 14 : value[0];  // RFC 7323 §2.3
            break;
        case sack_permitted:
            if (bytes == 0)
                o.sack_permitted = true;
            break;
        case sack:
            if (bytes % 8 != 0 || bytes > 32)
                break;
            for (; bytes != 0; bytes -= 8, value += 8)
                o.sacks[o.sack_count++] = {load_big<u32>(value), load_big<u32>(value + 4)};
            break;
        case timestamps:
            if (bytes == 8) {
                o.has_timestamp = true;
                o.timestamp = load_big<u32>(value);
                o.timestamp_echo = load_big<u32>(value + 4);
            }
            break;
        case fast_open:
            // RFC 7413 §4.1.1: empty, or 4 to 16 bytes
            if (bytes != 0 && (bytes < 4 || bytes > fast_open_cookie::most || bytes % 2 != 0))
                break;
            o.fast_open = true;
            o.cookie.bytes = static_cast<u8>(bytes);
            std::memcpy(o.cookie.value, value, bytes);
            break;
        default:
            break;
    }
}

}  // namespace

void parse_options(const u8* at, usize bytes, segment_options& o) noexcept {
    if (bytes >= 12 && load_big<u32>(at) == usual_start) {
        o.has_timestamp = true;
        o.timestamp = load_big<u32>(at + 4);
        o.timestamp_echo = load_big<u32>(at + 8);
        at += 12;
        bytes -= 12;
    }
    while (bytes != 0) {
        if (*at == end_of_list)
            return;
        if (*at == no_operation) {
            ++at;
            --bytes;
            continue;
        }
        if (bytes < 2 || at[1] < 2 || at[1] > bytes)
            return;
        if (*at != sack || o.sack_count == 0)
            parse_one(*at, at + 2, at[1] - 2u, o);
        bytes -= at[1];
        at += at[1];
    }
}

usize write_options(const segment_options& o, u8* const to) noexcept {
    u8* at = to;
    if (o.mss) {
        store_big(at, static_cast<u32>(maximum_segment_size << 24 | 4 << 16 | o.mss));
        at += 4;
    }
    if (o.has_timestamp) {
        // With "SACK permitted" in place of the two NOPs: nothing is wasted.
        store_big(at, o.sack_permitted ? u32{0x0402'080a} : usual_start);
        store_big(at + 4, o.timestamp);
        store_big(at + 8, o.timestamp_echo);
        at += 12;
    } else if (o.sack_permitted) {
        store_big(at, u32{0x0101'0402});
        at += 4;
    }
    if (o.window_scale != segment_options::no_scale) {
        store_big(at, u32{0x0103'0300} | o.window_scale);
        at += 4;
    }
    if (o.fast_open && at - to + 4 + o.cookie.bytes <= static_cast<int>(most_option_bytes)) {
        *at++ = fast_open;
        *at++ = static_cast<u8>(2 + o.cookie.bytes);
        std::memcpy(at, o.cookie.value, o.cookie.bytes);
        at += o.cookie.bytes;
        while ((at - to) % 4 != 0)
            *at++ = no_operation;
    }
    usize blocks = (most_option_bytes - static_cast<usize>(at - to)) / 8;  // 4 bytes go in front
    if (most_option_bytes - static_cast<usize>(at - to) < blocks * 8 + 4)
        --blocks;
    if (blocks > o.sack_count)
        blocks = o.sack_count;
    if (blocks) {
        store_big(at, static_cast<u32>(0x0101'0500 | (2 + 8 * blocks)));
        at += 4;
        for (usize i = 0; i < blocks; ++i, at += 8) {
            store_big(at, o.sacks[i].begin);
            store_big(at + 4, o.sacks[i].end);
        }
    }
    return static_cast<usize>(at - to);
}

}  // namespace osprey::net::tcp
