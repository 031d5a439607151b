// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>
#include <net/multicast_report.hh>
#include <span>

namespace osprey::net {

/// A router asked who is in which groups; another host said that it is.
void heard_group_query(interface& i, const group_query& q) noexcept;
void heard_group_report(interface& i, const ip_address& group) noexcept;
/// An address that reports can come from is there now: tells all groups (RFC 3810 §5.2.13 forbids
/// routers to believe reports from `::`).
void tell_groups(interface& i, bool v6) noexcept;

/// The messages of IGMP and MLD; see `group_host`. Context: threads.
void send_igmp_report(interface& i, std::span<const ip_address> groups,
                      std::span<const group_record> kinds) noexcept;
void send_old_igmp_report(interface& i, const ip_address& group, u8 version, bool leaving) noexcept;
void send_mld_report(interface& i, std::span<const ip_address> groups,
                     std::span<const group_record> kinds) noexcept;
void send_old_mld_report(interface& i, const ip_address& group, bool leaving) noexcept;

/// Reads a query. @return false: malformed. `message` begins at the IGMP or ICMPv6 header, and its
/// checksum is right.
bool parse_igmp_query(std::span<const u8> message, group_query& to) noexcept;
bool parse_mld_query(std::span<const u8> message, group_query& to) noexcept;

/// Registers protocol 2. At boot.
void start_igmp() noexcept;

}  // namespace osprey::net
