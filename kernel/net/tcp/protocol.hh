// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <base/result.hh>

namespace osprey::net {
class socket;
}

namespace osprey::net::tcp {

/// Makes TCP known to the IP layers and to socket(2). At boot, before any interface is up.
result<void> start() noexcept;
/// The part of it that sockets are not needed for.
result<void> start_receiving() noexcept;

/// Makes TCP sockets known to /proc/net and sock_diag.
void register_list() noexcept;

/// socket(2) for SOCK_STREAM of AF_INET and AF_INET6. @return `errc::protocol_not_supported`.
result<refptr<net::socket>> make_socket(int family, int protocol, u32 flags) noexcept;

}  // namespace osprey::net::tcp
