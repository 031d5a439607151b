// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/route.hh>
#include <span>

namespace osprey::net {

/// Sends one UDP datagram without a socket, for the stack itself. What goes wrong is as good as a
/// loss. Context: threads.
void send_plain_datagram(const route_query& to, u16 source_port, u16 destination_port,
                         std::span<const u8> payload) noexcept;

}  // namespace osprey::net
