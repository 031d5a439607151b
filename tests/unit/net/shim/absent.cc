// SPDX-License-Identifier: BSD-3-Clause
// IPv6, groups and the configuration are absent from tests that do not name them: the real ones
// replace each of these.
#include <net/ipv6/ipv6.hh>
#include <net/multicast.hh>

namespace osprey::net {

[[gnu::weak]] void receive_ipv6(packet_ptr) noexcept {}
[[gnu::weak]] result<void> send_ipv6(route&, const ip_address&, u8, packet_ptr,
                                     const ip_options&) noexcept {
    return errc::address_family_not_supported;
}
[[gnu::weak]] ip_address select_source_address(const interface&, const ip_address&) noexcept {
    return {};
}
[[gnu::weak]] void solicit_neighbour(interface&, const ip_address&, const ip_address&,
                                     const mac_address*) noexcept {}
[[gnu::weak]] void send_icmpv6_error(const packet&, icmp_error::kind, u8, u32) noexcept {}
[[gnu::weak]] void start_ipv6(interface&) noexcept {}
[[gnu::weak]] void stop_ipv6(interface&) noexcept {}
[[gnu::weak]] void address_added_ipv6(interface&, const ip_address&) noexcept {}
[[gnu::weak]] bool is_group_joined(const interface&, const ip_address&) noexcept {
    return false;
}
[[gnu::weak]] void for_each_group(const interface&, void (*)(void*, const ip_address&, u32),
                                  void*) noexcept {}
[[gnu::weak]] mac_address group_mac(const ip_address& group) noexcept {
    if (!group.is_v4())
        return {{0x33, 0x33, static_cast<u8>(group.low() >> 24), static_cast<u8>(group.low() >> 16),
                 static_cast<u8>(group.low() >> 8), static_cast<u8>(group.low())}};
    return {{0x01, 0x00, 0x5e, static_cast<u8>(group.v4() >> 16 & 0x7f),
             static_cast<u8>(group.v4() >> 8), static_cast<u8>(group.v4())}};
}

}  // namespace osprey::net
