// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>

namespace osprey::net {

/// Hands a complete frame to taps and device; does before what the device cannot: checksums,
/// segmentation. Whether the interface is up is the caller's business.
/// Context: threads; takes locks below `lock_rank::network_neighbours`.
void transmit_frame(interface& device, packet_ptr p) noexcept;

/// Cuts a frame that `gso` stands for into those that a device without segmentation can send, in
/// order. `p->gso` names a kind, `checksum_start` is set. Their transport checksum is left to the
/// device (`checksum_state::partial`). @return empty: out of memory, or malformed.
packet_list segment_frame(const packet& p) noexcept;

}  // namespace osprey::net
