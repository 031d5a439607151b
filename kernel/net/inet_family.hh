// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/socket.hh>

namespace osprey::net {

/// One kind of socket of AF_INET and AF_INET6; protocols register theirs.
struct inet_type {
    int type;         // SOCK_*
    int protocol;     // IPPROTO_*; `any_protocol`: all that no other line names
    bool is_default;  // is meant by protocol 0
    bool v4, v6;      // families
    result<refptr<socket>> (*create)(int family, int protocol, u32 flags) noexcept;
    const inet_type* next = nullptr;  // the registry's

    static constexpr int any_protocol = -1;
};
/// At boot only.
void register_inet_type(inet_type& t) noexcept;

/// Registers both families, and the protocols of net/ that have sockets. At boot.
void start_inet_sockets() noexcept;

}  // namespace osprey::net
