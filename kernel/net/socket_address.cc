// SPDX-License-Identifier: BSD-3-Clause
#include <net/socket_address.hh>

namespace osprey::net {

namespace {
struct inet_address {
    u16 family;
    be16 port;
    be32 address;
    u8 zero[8];
};
static_assert(sizeof(inet_address) == 16);

struct inet6_address {
    u16 family;
    be16 port;
    be32 flow;
    u8 address[16];
    u32 scope;
};
static_assert(sizeof(inet6_address) == 28);
constexpr usize shortest_inet6 = 24;  // without the scope (RFC 2133); Linux takes it too

result<endpoint> endpoint_of_v4(const socket_address& a) noexcept {
    inet_address v4;
    if (a.length < sizeof v4)
        return errc::invalid_argument;
    std::memcpy(&v4, a.bytes, sizeof v4);
    return endpoint{ip_address::v4(v4.address), v4.port};
}
}  // namespace

result<endpoint> to_endpoint(const socket_address& a, int family) noexcept {
    if (a.length < sizeof(u16))
        return errc::invalid_argument;
    if (a.family() == af_inet)
        return family == af_inet ? endpoint_of_v4(a) : errc::address_family_not_supported;
    if (a.family() != af_inet6 || family != af_inet6)
        return errc::address_family_not_supported;
    if (a.length < shortest_inet6)
        return errc::invalid_argument;
    inet6_address v6{};
    std::memcpy(&v6, a.bytes, a.length < sizeof v6 ? a.length : sizeof v6);
    return endpoint{ip_address::from_v6(v6.address), v6.port, v6.scope};
}

socket_address from_endpoint(const endpoint& e, int family) noexcept {
    socket_address a;
    if (family == af_inet) {
        const inet_address v4{af_inet, e.port, e.address.is_v4() ? e.address.v4() : 0, {}};
        std::memcpy(a.bytes, &v4, a.length = sizeof v4);
        return a;
    }
    inet6_address v6{af_inet6, e.port, 0, {}, e.scope};
    e.address.store_v6(v6.address);
    std::memcpy(a.bytes, &v6, a.length = sizeof v6);
    return a;
}

}  // namespace osprey::net
