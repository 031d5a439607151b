// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>

namespace osprey::net {

/// Joins neighbouring TCP segments of a flow into one large packet (generic receive offload), for
/// devices that do not: everything above works once for many segments.
///
/// Segments are joined only if cutting the result again would give back exactly what came: same
/// headers but for length and sequence number, no flags but ACK and PSH, payloads of the first
/// one's size. Their checksums must have been verified, since the joined one has none.
///
/// One for each receive queue; used by its thread only.
class aggregator {
public:
    aggregator() noexcept = default;
    aggregator(const aggregator&) = delete;

    /// In place of `interface::receive`: the frame goes up now or with `flush`.
    void receive(interface& device, packet_ptr p) noexcept;
    /// Delivers what is held. At the end of each batch.
    void flush(interface& device) noexcept;

private:
    static constexpr usize most_flows = 8;
    struct segment;
    void let_go(interface& device, packet_ptr& held) noexcept;
    bool join(packet& held, packet& p, const segment& s) noexcept;

    packet_ptr held_[most_flows];
    u32 held_count_ = 0;
    usize next_ = 0;  // to be replaced when all are in use
};

}  // namespace osprey::net
