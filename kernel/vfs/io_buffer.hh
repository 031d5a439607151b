// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>
#include <span>

namespace osprey::vfs {

/// One stretch of memory, as in Linux's struct iovec.
struct io_segment {
    virtual_address base;
    u64 bytes;
};

/// Source or destination of a read or write: a list of stretches of application or kernel memory
/// that is consumed from the front. Copies into application memory may fault and sleep.
class io_buffer {
public:
    enum class memory_kind : u8 { application, kernel };

    /// One stretch. Kernel memory is trusted, application memory is checked at each copy.
    io_buffer(void* base, usize bytes, memory_kind kind) noexcept
        : single_{reinterpret_cast<virtual_address>(base), bytes},
          segments_{&single_},
          count_{1},
          remaining_{bytes},
          kind_{kind} {}
    /// Stretches that the caller keeps alive; `segments` is in kernel memory.
    io_buffer(std::span<const io_segment> segments, memory_kind kind) noexcept;
    io_buffer(const io_buffer&) = delete;

    [[nodiscard]] usize remaining() const noexcept { return remaining_; }
    [[nodiscard]] memory_kind kind() const noexcept { return kind_; }
    /// Copies up to `bytes` into / out of the buffer and moves on.
    /// @return bytes copied; `errc::bad_address` only if none was.
    result<usize> put(const void* from, usize bytes) noexcept;
    result<usize> take(void* to, usize bytes) noexcept;
    result<usize> put_zeros(usize bytes) noexcept;
    /// The current stretch, for copies that others do (vm_object::read, DMA).
    [[nodiscard]] io_segment front() const noexcept;
    void skip(usize bytes) noexcept;
    /// Limits what is left to `bytes`.
    void truncate(usize bytes) noexcept;

private:
    io_segment single_{};
    const io_segment* segments_;
    usize count_;
    usize offset_ = 0;  // into segments_[0]
    usize remaining_;
    memory_kind kind_;
};

}  // namespace osprey::vfs
