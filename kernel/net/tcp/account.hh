// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>

namespace osprey::net::tcp {

/// Bytes that all connections have queued, in steps of `account_step` for each: what
/// net.ipv4.tcp_mem limits. Under pressure buffers stop growing.
inline constexpr u32 account_step = 65536;
inline constinit std::atomic<i64> bytes_queued{0};
inline constinit std::atomic<i64> pressure_bytes{64 << 20};  // an eighth of memory, set at start

inline void account(u32 before, u32 after) noexcept {
    if (before != after)
        bytes_queued.fetch_add(i64{after} - i64{before}, std::memory_order_relaxed);
}
inline bool under_pressure() noexcept {
    return bytes_queued.load(std::memory_order_relaxed) >
           pressure_bytes.load(std::memory_order_relaxed);
}

}  // namespace osprey::net::tcp
