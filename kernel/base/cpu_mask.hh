// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <base/types.hh>
#include <bit>

namespace osprey {

/// A set of CPUs, in the layout of Linux's cpu_set_t.
class cpu_mask {
public:
    static constexpr unsigned capacity = 1024;

    static constexpr cpu_mask all() noexcept {
        cpu_mask m;
        m.words_.fill(~u64{0});
        return m;
    }
    static constexpr cpu_mask only(unsigned cpu) noexcept {
        cpu_mask m;
        m.set(cpu);
        return m;
    }
    constexpr void set(unsigned cpu) noexcept { words_[cpu / 64] |= u64{1} << cpu % 64; }
    constexpr void clear(unsigned cpu) noexcept { words_[cpu / 64] &= ~(u64{1} << cpu % 64); }
    [[nodiscard]] constexpr bool contains(unsigned cpu) const noexcept {
        return cpu < capacity && (words_[cpu / 64] >> cpu % 64 & 1);
    }
    [[nodiscard]] constexpr unsigned count() const noexcept {
        unsigned n = 0;
        for (u64 w : words_)
            n += static_cast<unsigned>(std::popcount(w));
        return n;
    }
    constexpr cpu_mask& operator&=(const cpu_mask& o) noexcept {
        for (usize i = 0; i < words_.size(); ++i)
            words_[i] &= o.words_[i];
        return *this;
    }
    constexpr bool operator==(const cpu_mask&) const = default;
    [[nodiscard]] constexpr bool empty() const noexcept { return *this == cpu_mask{}; }
    constexpr u64* words() noexcept { return words_.data(); }
    constexpr const u64* words() const noexcept { return words_.data(); }

private:
    std::array<u64, capacity / 64> words_{};
};

}  // namespace osprey
