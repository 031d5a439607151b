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
    /// @return `errc::invalid_argument` (more than 1024, or too many bytes), `errc::bad_address`.
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
