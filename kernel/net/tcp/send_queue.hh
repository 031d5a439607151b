// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/packet.hh>

namespace osprey::net::tcp {

/// What an application has written and the peer has not acknowledged yet: stretches of page
/// frames, in order. Segments refer to them, so data are copied once, by `write`. Small writes
/// gather in the last frame. Not thread safe. Context: threads, may sleep.
class send_queue {
public:
    send_queue() noexcept = default;
    send_queue(const send_queue&) = delete;
    ~send_queue() { clear(); }

    [[nodiscard]] u32 bytes() const noexcept { return bytes_; }
    /// Copies up to `n` bytes behind what is there. @return bytes taken, less than `n` only when
    /// memory ran out or the source faulted; `errc::bad_address`, `errc::out_of_memory` when none.
    result<usize> write(vfs::io_buffer& from, usize n) noexcept;
    /// Takes over one reference to a frame of somebody else's (page cache), whose contents are sent
    /// as they are when they leave; a few bytes are copied instead.
    /// @return `errc::out_of_memory`: not taken.
    result<void> append(fragment f) noexcept;
    /// Acknowledged: forgets the first `n` bytes.
    void drop_front(u32 n) noexcept;
    /// Makes bytes `offset` … `offset + n` the payload of `p`, which is empty: copied when they are
    /// few, else by reference. @return how many bytes; fewer than `n` if the fragments did not
    /// fit.
    u32 attach(packet& p, u32 offset, u32 n) noexcept;
    /// Nothing is queued and nothing will be soon: gives back the frame kept for the next write.
    void trim() noexcept;
    void clear() noexcept;

private:
    struct position {
        u32 index;   // in the ring, from the front
        u32 offset;  // of that fragment's first byte, from the front of the queue
    };
    [[nodiscard]] fragment& at(u32 i) noexcept { return ring_[(front_ + i) & (capacity_ - 1)]; }
    result<void> push(fragment f) noexcept;
    result<void> new_frame(usize wanted) noexcept;
    position find(u32 offset) noexcept;

    fragment* ring_ = nullptr;
    u32 capacity_ = 0, front_ = 0, count_ = 0;
    u32 bytes_ = 0;
    u32 room_ = 0;           // bytes that may be written behind the last fragment, in its frame
    position cursor_{0, 0};  // where the last look-up ended: transmission moves forward
};

}  // namespace osprey::net::tcp
