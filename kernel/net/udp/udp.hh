// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/udp/socket.hh>
#include <net/udp/table.hh>

namespace osprey::net {

/// Registers protocol 17 and its sockets. At boot.
void start_udp() noexcept;

/// Who receives what.
udp_table& udp_bindings() noexcept;

/// Calls `visit(const udp_socket&)`… of each bound socket, with a reference held, for /proc/net/udp
/// and netlink. Context: threads.
void for_each_udp_socket(void (*visit)(void* argument, udp_socket& s), void* argument) noexcept;

}  // namespace osprey::net
