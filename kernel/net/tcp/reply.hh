// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>
#include <net/packet.hh>

namespace osprey::net::tcp {

/// Sends a segment that belongs to no connection: `source`, `destination` and the TCP header are
/// complete. Context: threads; takes locks below `lock_rank::socket`.
void send_reply(packet_ptr p, u32 device) noexcept;

/// The clock of RFC 7323 timestamps, without a flow's offset.
inline u32 timestamp_clock(instant now) noexcept {
    return static_cast<u32>(now.ns / 1'000'000);
}

}  // namespace osprey::net::tcp
