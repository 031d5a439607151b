// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <net/checksum.hh>

namespace osprey::net {

namespace {
u64 load_word(const u8* at) noexcept {
    u64 word;
    std::memcpy(&word, at, sizeof word);
    return word;
}
}  // namespace

void checksum::add(const void* data, usize bytes, bool odd) noexcept {
    const auto* at = static_cast<const u8*>(data);
    // Two sums that carry into registers of their own: no dependency between neighbouring words.
    u64 low = 0, high = 0;
    for (; bytes >= 16; bytes -= 16, at += 16) {
        const u64 a = load_word(at), b = load_word(at + 8);
        low += a & 0xffffffff;
        high += a >> 32;
        low += b & 0xffffffff;
        high += b >> 32;
    }
    u64 sum = low + high;  // at most 2^31 words of 32 bits: no overflow below 32 GB
    for (; bytes >= 2; bytes -= 2, at += 2) {
        u16 word;
        std::memcpy(&word, at, sizeof word);
        sum += word;
    }
    if (bytes) {
        u16 word = 0;
        std::memcpy(&word, at, 1);
        sum += word;
    }
    if (odd)
        sum = byte_swap(checksum{sum}.folded());
    add_raw(sum);
}

void checksum::add_pseudo_header(const ip_address& source, const ip_address& destination,
                                 u8 protocol, u32 bytes) noexcept {
    if (source.is_v4()) {
        add_raw(big_endian(source.v4()));
        add_raw(big_endian(destination.v4()));
    } else {
        add(&source, sizeof source);
        add(&destination, sizeof destination);
    }
    add_raw(big_endian(bytes));
    add_raw(big_endian(u16{protocol}));
}

}  // namespace osprey::net
