// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <bit>
#include <span>

namespace osprey {

/// Operations on a set of small numbers kept as bits in words. Not thread safe.
class bitmap_view {
public:
    static constexpr usize none = ~usize{0};
    static constexpr usize words_for(usize bits) noexcept { return (bits + 63) / 64; }

    constexpr bitmap_view(u64* words, usize bits) noexcept : words_{words}, bits_{bits} {}

    [[nodiscard]] constexpr usize size() const noexcept { return bits_; }
    [[nodiscard]] constexpr bool test(usize bit) const noexcept {
        return words_[bit / 64] >> bit % 64 & 1;
    }
    constexpr void set(usize bit) const noexcept { words_[bit / 64] |= u64{1} << bit % 64; }
    constexpr void clear(usize bit) const noexcept { words_[bit / 64] &= ~(u64{1} << bit % 64); }

    /// First set (clear) bit at or behind `from`, or `none`.
    [[nodiscard]] constexpr usize find_set(usize from = 0) const noexcept { return find(from, 0); }
    [[nodiscard]] constexpr usize find_clear(usize from = 0) const noexcept {
        return find(from, ~u64{0});
    }
    [[nodiscard]] constexpr usize count() const noexcept {
        usize n = 0;
        for (usize i = 0; i < words_for(bits_); ++i)
            n += static_cast<usize>(std::popcount(words_[i] & valid(i)));
        return n;
    }

private:
    [[nodiscard]] constexpr u64 valid(usize word) const noexcept {
        const usize left = bits_ - word * 64;
        return left >= 64 ? ~u64{0} : (u64{1} << left) - 1;
    }
    [[nodiscard]] constexpr usize find(usize from, u64 flip) const noexcept {
        if (from >= bits_)
            return none;
        usize i = from / 64;
        u64 word = ((words_[i] ^ flip) & valid(i)) & ~u64{0} << from % 64;
        while (word == 0) {
            if (++i == words_for(bits_))
                return none;
            word = (words_[i] ^ flip) & valid(i);
        }
        return i * 64 + static_cast<usize>(std::countr_zero(word));
    }
    u64* words_;
    usize bits_;
};

/// A set of the numbers below `Bits`.
template <usize Bits>
class bitmap {
public:
    static constexpr usize none = bitmap_view::none;
    [[nodiscard]] constexpr bool test(usize bit) const noexcept { return view().test(bit); }
    constexpr void set(usize bit) noexcept { view().set(bit); }
    constexpr void clear(usize bit) noexcept { view().clear(bit); }
    [[nodiscard]] constexpr usize find_set(usize from = 0) const noexcept {
        return view().find_set(from);
    }
    [[nodiscard]] constexpr usize find_clear(usize from = 0) const noexcept {
        return view().find_clear(from);
    }
    [[nodiscard]] constexpr usize count() const noexcept { return view().count(); }

private:
    constexpr bitmap_view view() const noexcept { return {const_cast<u64*>(words_), Bits}; }
    u64 words_[bitmap_view::words_for(Bits)] = {};
};

}  // namespace osprey
