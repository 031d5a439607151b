// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <cstring>
#include <net/address.hh>

namespace osprey::net {

/// A socket address as applications pass it: `struct sockaddr` of any family, family first.
struct socket_address {
    static constexpr usize most_bytes = 128;  // sockaddr_storage
    alignas(8) u8 bytes[most_bytes];
    u32 length = 0;  // 0: none given
    [[nodiscard]] u16 family() const noexcept {
        u16 f = 0;
        if (length >= sizeof f)
            std::memcpy(&f, bytes, sizeof f);
        return f;
    }
};

/// Address families (AF_*) that exist here.
enum address_family : int {
    af_unix = 1,
    af_inet = 2,
    af_inet6 = 10,
    af_netlink = 16,
    af_packet = 17
};
/// sockaddr_in and sockaddr_in6 to an end point and back. `family` is the socket's own: an AF_INET6
/// socket gets IPv4 addresses in mapped form.
/// @return `errc::invalid_argument` (too short), `errc::address_family_not_supported`.
result<endpoint> to_endpoint(const socket_address& a, int family) noexcept;
socket_address from_endpoint(const endpoint& e, int family) noexcept;

}  // namespace osprey::net
