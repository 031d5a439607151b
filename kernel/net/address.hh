// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/endian.hh>
#include <base/format.hh>
#include <base/hash.hh>
#include <base/types.hh>
#include <cstring>

namespace osprey::net {

/// An Ethernet address.
struct mac_address {
    u8 bytes[6] = {};
    constexpr bool operator==(const mac_address& o) const noexcept {
        if
            consteval {
                for (int i = 0; i < 6; ++i)
                    if (bytes[i] != o.bytes[i])
                        return false;
                return true;
            }
        else {
            u32 a, b;
            u16 c, d;
            std::memcpy(&a, bytes, sizeof a);
            std::memcpy(&b, o.bytes, sizeof b);
            std::memcpy(&c, bytes + 4, sizeof c);
            std::memcpy(&d, o.bytes + 4, sizeof d);
            return ((a ^ b) | static_cast<u32>(c ^ d)) == 0;
        }
    }
    static constexpr mac_address broadcast() noexcept {
        return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    }
    /// Broadcast counts as multicast (IEEE 802: the group bit).
    [[nodiscard]] constexpr bool is_multicast() const noexcept { return bytes[0] & 1; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return *this == mac_address{}; }
};

/// An IPv6 address, or an IPv4 address in its mapped form ::ffff:a.b.c.d (RFC 4291 §2.5.5.2), so
/// that one kind of end point serves both families and a dual-stack socket needs no translation.
/// Value-initialised it is `::`, which stands for "any" of both families.
class ip_address {
public:
    constexpr ip_address() noexcept = default;
    /// From the bytes of an IPv6 header.
    static ip_address from_v6(const void* bytes) noexcept {
        ip_address a;
        std::memcpy(&a, bytes, sizeof a);
        return a;
    }
    /// `host_order`: 0x7f000001 is 127.0.0.1.
    static constexpr ip_address v4(u32 host_order) noexcept {
        ip_address a;
        a.low_ = big_endian(u64{0xffff} << 32 | host_order);
        return a;
    }
    static constexpr ip_address v4_any() noexcept { return v4(0); }
    static constexpr ip_address v4_broadcast() noexcept { return v4(~u32{0}); }
    static constexpr ip_address v6_loopback() noexcept {
        ip_address a;
        a.low_ = big_endian(u64{1});
        return a;
    }
    /// The 8 bytes in front and behind, host order.
    static constexpr ip_address v6(u64 high, u64 low) noexcept {
        ip_address a;
        a.high_ = big_endian(high);
        a.low_ = big_endian(low);
        return a;
    }

    [[nodiscard]] constexpr bool is_v4() const noexcept {
        return high_ == 0 && (big_endian(low_) >> 32) == 0xffff;
    }
    /// The IPv4 address in host order; only if `is_v4()`.
    [[nodiscard]] constexpr u32 v4() const noexcept { return static_cast<u32>(big_endian(low_)); }
    [[nodiscard]] constexpr u64 high() const noexcept { return big_endian(high_); }
    [[nodiscard]] constexpr u64 low() const noexcept { return big_endian(low_); }
    void store_v6(void* to) const noexcept { std::memcpy(to, this, sizeof *this); }

    /// `::` or 0.0.0.0
    [[nodiscard]] constexpr bool is_any() const noexcept {
        return high_ == 0 && (low_ == 0 || low_ == v4_any().low_);
    }
    [[nodiscard]] constexpr bool is_loopback() const noexcept {
        return is_v4() ? v4() >> 24 == 127 : *this == v6_loopback();
    }
    [[nodiscard]] constexpr bool is_multicast() const noexcept {
        return is_v4() ? v4() >> 28 == 0xe : high() >> 56 == 0xff;
    }
    /// fe80::/10 or 169.254.0.0/16
    [[nodiscard]] constexpr bool is_link_local() const noexcept {
        return is_v4() ? v4() >> 16 == 0xa9fe : high() >> 54 == 0x3fa;
    }
    /// Do the first `bits` agree? Bits count in the own family: 32 or 128 at most.
    [[nodiscard]] constexpr bool same_prefix(const ip_address& other,
                                             unsigned bits) const noexcept {
        if (is_v4() != other.is_v4())
            return false;
        if (is_v4())
            bits += 96;
        const u64 h = high() ^ other.high(), l = low() ^ other.low();
        if (bits <= 64)
            return bits == 0 || h >> (64 - bits) == 0;
        return h == 0 && (bits == 128 ? l == 0 : l >> (128 - bits) == 0);
    }
    /// The address with all bits behind the first `bits` cleared.
    [[nodiscard]] constexpr ip_address network(unsigned bits) const noexcept {
        if (is_v4())
            return v4(bits == 0 ? 0 : v4() & ~u32{0} << (32 - bits));
        const u64 h = bits >= 64 ? ~u64{0} : bits ? ~u64{0} << (64 - bits) : 0;
        const u64 l = bits <= 64 ? 0 : ~u64{0} << (128 - bits);
        return v6(high() & h, low() & l);
    }
    /// Bits of an address of this family: 32 or 128.
    [[nodiscard]] constexpr u8 width() const noexcept { return is_v4() ? 32 : 128; }
    constexpr bool operator==(const ip_address&) const = default;
    /// Numeric order.
    friend constexpr bool operator<(const ip_address& a, const ip_address& b) noexcept {
        return a.high() != b.high() ? a.high() < b.high() : a.low() < b.low();
    }

private:
    u64 high_ = 0, low_ = 0;  // as in memory: network order
};
static_assert(sizeof(ip_address) == 16);

/// Where a transport protocol delivers to. `scope` is the interface of a link-local address
/// (RFC 4007), else 0.
struct endpoint {
    ip_address address;
    u16 port = 0;  // host order
    u32 scope = 0;
    constexpr bool operator==(const endpoint&) const = default;
};

/// Longest texts: an IPv6 address is at most 45 characters.
using address_text = fixed_text<48>;
/// As inet_ntop(3) writes it (RFC 5952); IPv4 dotted.
address_text to_text(const ip_address& a) noexcept;
address_text to_text(const mac_address& a) noexcept;
/// Reads what `to_text` writes, and every form of RFC 4291 §2.2. @return false: no address.
bool parse_address(std::string_view text, ip_address& to) noexcept;
bool parse_mac(std::string_view text, mac_address& to) noexcept;

}  // namespace osprey::net
