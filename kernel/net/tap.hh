// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/intrusive_list.hh>
#include <net/interface.hh>

namespace osprey::net {

/// How a frame passed, as PACKET_* of packet(7) numbers it.
enum class packet_direction : u8 { host = 0, broadcast, multicast, other_host, outgoing };

/// Somebody who sees every frame that comes and goes: packet sockets, the DHCP client.
class packet_tap {
public:
    packet_tap(const packet_tap&) = delete;

    /// `p` stays the caller's and must not change: `clone` what is to be kept. `data()` is at the
    /// link header (at the IP header for interfaces without one). Must not wait for sockets.
    /// Context: threads, with `lock_rank::network_taps` held.
    virtual void seen(interface& i, const packet& p, packet_direction d) noexcept = 0;

protected:
    packet_tap() noexcept = default;
    ~packet_tap() = default;

private:
    friend struct tap_access;
    list_hook hook_;
};

/// How many taps there are; see `tapped`.
extern std::atomic<u32> open_taps;

/// What receive and transmit ask for each frame: one load and one branch when nobody listens.
inline bool tapped() noexcept {
    return open_taps.load(std::memory_order_relaxed) != 0;
}
/// Shows the frame to everybody who listens. Receive: before anything looks at it. Transmit: as
/// handed to the device.
void show_to_taps(interface& i, const packet& p, packet_direction d) noexcept;

void add_tap(packet_tap& t) noexcept;
/// Afterwards `seen` neither runs nor will run.
void remove_tap(packet_tap& t) noexcept;

}  // namespace osprey::net
