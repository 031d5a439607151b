// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/vector.hh>
#include <memory/vm_object.hh>
#include <net/packet_socket/link_address.hh>
#include <net/tap.hh>

namespace osprey::net {

/// struct tpacket_req and, for version 3, tpacket_req3 (packet(7)).
struct ring_request {
    u32 block_bytes, blocks, frame_bytes, frames;
    u32 retire_ms = 0, private_bytes = 0, features = 0;
};

/// What a ring writes of one frame.
struct seen_frame {
    const packet& p;
    u32 keep;     // bytes
    bool cooked;  // without a link header
    link_address from;
    i64 realtime;  // ns
    bool losing;   // frames were dropped before it
};

/// Memory that the kernel writes frames into and a program maps: what rings of all versions share.
/// Status words in it are the only synchronisation with the program.
class receive_ring {
public:
    virtual ~receive_ring();
    receive_ring(const receive_ring&) = delete;

    /// Context: the tap's, one thread at a time. @return false: the program has not given memory
    /// back yet.
    virtual bool put(const seen_frame& f) noexcept = 0;
    /// Does something wait for the program? Any thread.
    [[nodiscard]] virtual bool readable() const noexcept = 0;
    [[nodiscard]] refptr<memory::vm_object> memory() const noexcept { return object_; }

    static constexpr u32 alignment = 16;  // TPACKET_ALIGNMENT
    static constexpr u32 link_header = 14;
    enum status : u32 {
        status_kernel = 0,
        status_user = 1,
        status_losing = 4,
        status_checksum_not_ready = 8,
        status_block_timeout = 32,
        status_checksum_valid = 128,
    };

protected:
    receive_ring() noexcept = default;
    /// @return `errc::invalid_argument`, `errc::out_of_memory`.
    result<void> allocate(const ring_request& r, u32 least_frame) noexcept;
    [[nodiscard]] u8* at(u64 offset) const noexcept;
    template <typename T>
    [[nodiscard]] T& word_at(u64 offset) const noexcept {
        return *reinterpret_cast<T*>(at(offset));
    }
    void store(u64 to, const void* from, usize n) noexcept;
    /// Copies the first `n` bytes of the packet.
    void store(u64 to, const packet& p, u32 n) noexcept;
    static u32 checksum_status(const packet& p) noexcept;

private:
    refptr<memory::vm_object> object_;
    vector<memory::frame*> pages_;  // held: never evicted
};

}  // namespace osprey::net
