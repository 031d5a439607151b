// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <base/types.hh>

namespace osprey::abi {

/// Writes a struct sockaddr of the application: {AF_INET, 127.0.0.1:80}, {AF_UNIX, "/run/x"}…
void append_socket_name(text_sink& to, virtual_address where, u32 length) noexcept;
/// Writes a struct msghdr: {name, 2 parts, 16 control bytes}.
void append_message_header(text_sink& to, virtual_address where) noexcept;

}  // namespace osprey::abi
