// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory/frame.hh>

namespace osprey::memory {

/// Free frames of one zone in blocks of 2^order, order 0…9, merged with their neighbours as soon as
/// both are free, so that 2 MB blocks come back. Small requests are served from the smallest block
/// that fits, which keeps whole 2 MB blocks whole.
///
/// Descriptors inside a 2 MB block that was never split are not initialised: start-up of a large
/// machine touches one descriptor per 2 MB.
///
/// Locking: none; the owner locks.
class buddy {
public:
    static constexpr unsigned largest_order = large_page_shift - page_shift;
    static constexpr frame_number block_frames = 1u << largest_order;

    constexpr explicit buddy(frame* table) noexcept : table_{table} {}

    [[nodiscard]] u64 free_frames() const noexcept { return free_.load(std::memory_order_relaxed); }
    /// Free blocks of exactly `order`.
    [[nodiscard]] u64 free_blocks(unsigned order) const noexcept { return lists_[order].count; }

    /// Takes 2^order naturally aligned frames. @return the first, or 0.
    frame_number take(unsigned order) noexcept;
    /// Takes about `want` single frames (at most 32 more), in small blocks while there are any:
    /// cheap for many, and what is left stays large. They are linked through `frame::next` in front
    /// of `chain`. @return how many.
    u32 take_singles(u32 want, frame_number& chain) noexcept;
    /// Takes two adjacent 2 MB blocks. `exists` tells whether a frame has a descriptor.
    /// @return the first frame, or 0.
    frame_number take_pair(bool (*exists)(frame_number)) noexcept;
    /// Frees 2^order frames that were taken together, or are part of what was.
    void give(frame_number first, unsigned order) noexcept;
    /// Frees any run of frames.
    void give_run(frame_number first, u64 count) noexcept;
    /// Takes out the free block that starts at `first`, for a zone change. @return its order, or -1
    /// if no free block starts there.
    int withdraw(frame_number first) noexcept;

    /// Writes the descriptors of a 2 MB block that `untouched` has spared so far.
    void touch(frame_number block) noexcept;

private:
    struct list {
        frame_number first = 0;
        u64 count = 0;
    };
    void link(frame_number n, unsigned order) noexcept;
    void unlink(frame_number n) noexcept;
    void break_up(frame_number n, unsigned order, frame_number& chain) noexcept;

    frame* table_;
    std::atomic<u64> free_{0};
    list lists_[largest_order + 1];
};

}  // namespace osprey::memory
