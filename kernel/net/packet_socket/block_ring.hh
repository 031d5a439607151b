// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/packet_socket/ring_memory.hh>
#include <sched/timer.hh>
#include <sync/wait_queue.hh>

namespace osprey::net {

/// The receive ring of packet(7), version 3: frames of any size packed into blocks. The program
/// gets a block when it is full, or when its time is over and something is in it.
class block_ring final : public receive_ring {
public:
    /// `told`: woken when a block is the program's. @return as `packet_ring::create`.
    static result<unique_ptr<receive_ring>> create(const ring_request& r, u32 reserve,
                                                   sync::wait_queue& told) noexcept;
    explicit block_ring(sync::wait_queue& told) noexcept : told_{told} {}
    ~block_ring() override;

    bool put(const seen_frame& f) noexcept override;
    [[nodiscard]] bool readable() const noexcept override;

    static constexpr u32 header_bytes = 48;  // struct tpacket3_hdr

private:
    [[nodiscard]] u64 offset_of(u32 block) const noexcept { return u64{block} * block_bytes_; }
    [[nodiscard]] std::atomic<u32>& status_of(u32 block) const noexcept;
    [[nodiscard]] bool open_block(i64 realtime) noexcept;
    void close_block(u32 why) noexcept;
    static void timer_fired(sched::timer& t) noexcept;

    sync::wait_queue& told_;
    // Guards all below: the tap and the timer write.
    sync::mutex mutex_{sync::lock_rank::network_device};
    u32 block_bytes_ = 0, blocks_ = 0, private_bytes_ = 0, reserve_ = 0, retire_ms_ = 0;
    u32 current_ = 0;
    bool open_ = false, losing_ = false;
    u32 used_ = 0;       // bytes of the open block
    u32 last_ = 0;       // offset of the last frame in it
    u32 count_ = 0;      // frames in it
    u64 sequence_ = 0;   // of the block
    i64 last_time_ = 0;  // of the last frame
    sched::timer timer_{timer_fired};
};

}  // namespace osprey::net
