// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/packet_socket/ring_memory.hh>

namespace osprey::net {

/// The receive ring of packet(7), version 2: frames of equal size, each with a status word that
/// says whose it is.
class packet_ring final : public receive_ring {
public:
    /// `reserve`: PACKET_RESERVE. @return `errc::invalid_argument`, `errc::out_of_memory`.
    static result<unique_ptr<receive_ring>> create(const ring_request& r, u32 reserve) noexcept;

    bool put(const seen_frame& f) noexcept override;
    [[nodiscard]] bool readable() const noexcept override;

    static constexpr u32 header_bytes = 32;  // struct tpacket2_hdr

private:
    [[nodiscard]] u64 offset_of(u32 frame) const noexcept {
        return u64{frame / per_block_} * block_bytes_ + u64{frame % per_block_} * frame_bytes_;
    }
    [[nodiscard]] std::atomic<u32>& status_of(u32 frame) const noexcept {
        return word_at<std::atomic<u32>>(offset_of(frame));
    }
    u32 block_bytes_ = 0, frame_bytes_ = 0, frames_ = 0, per_block_ = 0, reserve_ = 0;
    u32 next_ = 0;
};

}  // namespace osprey::net
