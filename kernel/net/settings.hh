// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>

namespace osprey::net {

/// What sysctl(8) may set below net.*: each takes effect where it is read. All in the units of
/// Linux's files of the same names (/proc/sys/net).
struct network_settings {
    // net.core
    std::atomic<u32> somaxconn{4096};
    std::atomic<u32> rmem_default{212992}, rmem_max{212992};
    std::atomic<u32> wmem_default{212992}, wmem_max{212992};
    // net.unix
    std::atomic<u32> max_dgram_qlen{10};
    // net.ipv4
    std::atomic<u32> local_port_first{32768}, local_port_last{60999};
};

/// The one of the system; constant-initialised.
network_settings& settings() noexcept;

}  // namespace osprey::net
