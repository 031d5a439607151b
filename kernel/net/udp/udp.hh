// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/udp/socket.hh>
#include <net/udp/table.hh>

namespace osprey::net {

/// Registers protocol 17 and its sockets. At boot.
void start_udp() noexcept;

/// Shows UDP's sockets to /proc/net and netlink. At boot.
void register_udp_list() noexcept;

/// Who receives what.
udp_table& udp_bindings() noexcept;

/// Calls `visit` for each bound socket, with a reference held, for /proc/net/udp
/// and netlink. Context: threads.
void for_each_udp_socket(void (*visit)(void* argument, udp_socket& s), void* argument) noexcept;

}  // namespace osprey::net
