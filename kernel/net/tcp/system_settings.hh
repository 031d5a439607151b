// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/tcp/settings.hh>

namespace osprey::net::tcp {

/// What a new socket begins with: buffers and congestion control as net.ipv4.tcp_* say now.
settings fresh_settings() noexcept;

/// Brings what the socket has not chosen itself, and what only the system chooses, up to date.
/// Called when a connection begins and when options are asked for: a change of the system's values
/// counts for connections that begin after it. Buffers stay as they were when the socket was made.
void follow_system(settings& s) noexcept;

}  // namespace osprey::net::tcp
