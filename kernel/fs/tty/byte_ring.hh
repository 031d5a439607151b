// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <cstring>

namespace osprey::fs {

/// A queue of bytes that doubles its memory as it fills, up to `limit`. Its user has the lock.
class byte_ring {
public:
    static constexpr usize limit = 65536;
    byte_ring() noexcept = default;
    byte_ring(const byte_ring&) = delete;
    ~byte_ring() { release(memory_, allocated_); }

    [[nodiscard]] usize used() const noexcept { return used_; }
    /// What `put` takes now; 0 also when there is no memory to grow.
    [[nodiscard]] usize room() noexcept {
        if (used_ == allocated_ && allocated_ < limit)
            grow();
        return allocated_ - used_;
    }
    void put(const char* from, usize bytes) noexcept {
        for (usize i = 0; i < bytes; ++i)
            memory_[(head_ + used_++) % allocated_] = from[i];
    }
    /// Looks at the front without taking it. @return bytes that lie together.
    usize front(const char*& where) const noexcept {
        where = memory_ + head_;
        return used_ < allocated_ - head_ ? used_ : allocated_ - head_;
    }
    void skip(usize bytes) noexcept {
        used_ -= bytes;
        head_ = used_ ? (head_ + bytes) % allocated_ : 0;
    }
    /// Drops all but the first `bytes`.
    void keep(usize bytes) noexcept { used_ = used_ < bytes ? used_ : bytes; }

private:
    void grow() noexcept {
        const usize bytes = allocated_ ? 2 * allocated_ : 1024;
        auto* fresh = static_cast<char*>(allocate(bytes));
        if (!fresh)
            return;
        const usize first = used_ < allocated_ - head_ ? used_ : allocated_ - head_;
        if (first)
            std::memcpy(fresh, memory_ + head_, first);
        if (used_ > first)
            std::memcpy(fresh + first, memory_, used_ - first);
        release(memory_, allocated_);
        memory_ = fresh, allocated_ = bytes, head_ = 0;
    }
    static void release(char* memory, usize bytes) noexcept {
        if (memory)
            deallocate(memory, bytes);
    }

    char* memory_ = nullptr;
    usize allocated_ = 0, head_ = 0, used_ = 0;
};

}  // namespace osprey::fs
