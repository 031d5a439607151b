// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/vector.hh>
#include <memory/vm_object.hh>
#include <net/socket.hh>
#include <net/tap.hh>

namespace osprey::net {

/// struct sockaddr_ll
struct link_address {
    u16 family;
    be16 protocol;
    i32 device;
    u16 hardware;  // ARPHRD_*
    u8 kind;       // PACKET_*
    u8 length;
    u8 address[8];
};
static_assert(sizeof(link_address) == 20);
link_address link_address_of(const interface& i, u16 protocol, packet_direction d,
                             const mac_address& from) noexcept;

/// The receive ring of packet(7), version 2: frames in memory that the program maps, each with a
/// status word that says whose it is. Written by the tap (one thread at a time), read by the
/// program without system calls.
class packet_ring {
public:
    /// struct tpacket_req
    struct request {
        u32 block_bytes, blocks, frame_bytes, frames;
    };
    /// `reserve`: PACKET_RESERVE. @return `errc::invalid_argument`, `errc::out_of_memory`.
    static result<unique_ptr<packet_ring>> create(const request& r, u32 reserve) noexcept;
    ~packet_ring();

    /// Writes one frame, cut to `keep` bytes. @return false: the program has not given the next one
    /// back yet.
    bool put(const packet& p, u32 keep, bool cooked, const link_address& from, i64 realtime,
             bool losing) noexcept;
    /// Does a frame wait for the program?
    [[nodiscard]] bool readable() const noexcept;
    [[nodiscard]] refptr<memory::vm_object> memory() const noexcept { return object_; }

    static constexpr u32 header_bytes = 32;  // struct tpacket2_hdr

private:
    template <typename T, typename... Args>
    friend result<unique_ptr<T>> osprey::make_unique(Args&&... args) noexcept;
    packet_ring() noexcept = default;
    /// Copies `n` bytes to `offset` of frame number `frame`.
    void store(u32 frame, u32 offset, const void* from, usize n) noexcept;
    [[nodiscard]] std::atomic<u32>& status(u32 frame) const noexcept;
    [[nodiscard]] u8* at(u64 offset) const noexcept;

    refptr<memory::vm_object> object_;
    vector<memory::frame*> pages_;  // held: never evicted
    u32 block_bytes_ = 0, frame_bytes_ = 0, frames_ = 0, per_block_ = 0, reserve_ = 0;
    u32 next_ = 0;
};

}  // namespace osprey::net
