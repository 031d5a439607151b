// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <linux/arguments.hh>
#include <vfs/io_buffer.hh>

namespace osprey::abi {

/// The most bytes that one read or write moves (MAX_RW_COUNT of Linux).
inline constexpr usize transfer_limit = 0x7fff'f000;

/// An array of struct iovec copied from the application and checked as readv(2) says.
class io_vector {
public:
    io_vector() noexcept = default;
    io_vector(const io_vector&) = delete;
    ~io_vector() {
        if (heap_)
            deallocate(heap_, count_ * sizeof(vfs::io_segment));
    }
    static constexpr usize most_segments = 1024;  // UIO_MAXIOV
    /// Once. What is beyond `transfer_limit` is cut off.
    /// @return `errc::invalid_argument` (too many, or a length that is negative as ssize_t),
    /// `errc::bad_address` (the array or a stretch outside the application's half),
    /// `errc::out_of_memory`. Context: threads, may sleep.
    result<void> load(virtual_address from, usize count) noexcept;
    [[nodiscard]] std::span<const vfs::io_segment> segments() const noexcept {
        return {heap_ ? heap_ : here_, count_};
    }
    [[nodiscard]] usize bytes() const noexcept { return bytes_; }

private:
    vfs::io_segment here_[8];
    vfs::io_segment* heap_ = nullptr;
    usize count_ = 0, bytes_ = 0;
};

}  // namespace osprey::abi
