// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <net/address.hh>

namespace osprey::net {

/// The Internet checksum (RFC 1071) as a sum under way. Sums are kept in the byte order of memory:
/// the final value is stored without swapping, on machines of either byte order.
class checksum {
public:
    constexpr checksum() noexcept = default;
    constexpr explicit checksum(u64 sum) noexcept : sum_{sum} {}

    /// Adds bytes that begin at an even offset of what is summed, unless `odd`.
    [[gnu::noinline]] void add(const void* data, usize bytes, bool odd = false) noexcept;
    /// Adds one 16-bit field given in host order.
    void add_field(u16 host_order) noexcept { add_raw(big_endian(host_order)); }
    /// Adds a value that is already in network order.
    void add_raw(u64 network_order) noexcept {
        sum_ += network_order;
        if (sum_ < network_order)
            ++sum_;
    }
    /// Pseudo-header of TCP and UDP over IPv4 (RFC 9293 §3.1) or IPv6 (RFC 8200 §8.1), whichever
    /// the addresses are of.
    void add_pseudo_header(const ip_address& source, const ip_address& destination, u8 protocol,
                           u32 bytes) noexcept;

    /// The sum folded to 16 bits, not complemented: what a device wants to find in the field when
    /// it completes the checksum.
    [[nodiscard]] u16 folded() const noexcept {
        u64 s = (sum_ & 0xffffffff) + (sum_ >> 32);
        s = (s & 0xffff) + (s >> 16 & 0xffff) + (s >> 32);
        s = (s & 0xffff) + (s >> 16);
        s = (s & 0xffff) + (s >> 16);
        return static_cast<u16>(s);
    }
    /// What to store into the field; summing it together with the data gives `correct()`.
    [[nodiscard]] u16 field() const noexcept { return static_cast<u16>(~folded()); }
    [[nodiscard]] bool correct() const noexcept { return folded() == 0xffff; }

private:
    u64 sum_ = 0;
};

/// Replaces one 16-bit word in a stored checksum field (RFC 1624). All in memory order.
constexpr u16 updated_checksum(u16 field, u16 old_word, u16 new_word) noexcept {
    u32 s = static_cast<u16>(~field) + u32{static_cast<u16>(~old_word)} + new_word;
    s = (s & 0xffff) + (s >> 16);
    return static_cast<u16>(~((s & 0xffff) + (s >> 16)));
}

}  // namespace osprey::net
