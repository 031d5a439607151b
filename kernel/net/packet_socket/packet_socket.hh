// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::net {

/// Registers AF_PACKET (packet(7)): SOCK_RAW and SOCK_DGRAM. At boot.
void start_packet_sockets() noexcept;

}  // namespace osprey::net
