// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>

namespace osprey::net {

/// Makes `lo`, brings it up and gives it 127.0.0.1/8 and ::1. The first interface of all.
/// Context: threads, once, at boot.
result<void> start_loopback() noexcept;

/// Receives a packet of our own (at its network header) as if it had come in by `device`: what is
/// sent to many also reaches their members here.
void send_to_ourselves(interface& device, packet_ptr p, u16 ether_type) noexcept;

}  // namespace osprey::net
