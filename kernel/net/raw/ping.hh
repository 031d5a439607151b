// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::net {

/// Registers ping sockets (icmp(7)): SOCK_DGRAM with IPPROTO_ICMP or IPPROTO_ICMPV6, which send
/// echo requests and see the replies to them. At boot.
void start_ping() noexcept;

}  // namespace osprey::net
