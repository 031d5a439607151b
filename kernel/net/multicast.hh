// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>

namespace osprey::net {

/// Multicast groups of an interface, of both families; members are sockets and the stack itself.
/// The first and the last member make reports of IGMPv3 (RFC 3376) or MLDv2 (RFC 3810) and change
/// the device's receive filter. Context: threads, may sleep.
///
/// @return `errc::out_of_memory`; leaving: `errc::address_not_available`.
result<void> join_group(interface& i, const ip_address& group) noexcept;
result<void> leave_group(interface& i, const ip_address& group) noexcept;
/// Does anybody on this machine want it? For the input of both families. Any thread, RCU inside.
[[nodiscard]] bool is_group_joined(const interface& i, const ip_address& group) noexcept;
/// Calls `visit(argument, group, members)` for each group, for /proc/net/igmp and for drivers that
/// filter. Under a lock: it may not come back here.
void for_each_group(const interface& i, void (*visit)(void*, const ip_address&, u32),
                    void* argument) noexcept;
/// The link address that a group is sent to (RFC 1112 §6.4, RFC 2464 §7).
[[nodiscard]] mac_address group_mac(const ip_address& group) noexcept;

}  // namespace osprey::net
