// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <cstring>
#include <span>
#include <string_view>

namespace osprey::net {

/// A list in place.
template <typename T, usize Capacity>
class short_list {
public:
    /// What does not fit is left out.
    void add(const T& value) noexcept {
        if (count_ < Capacity)
            values_[count_++] = value;
    }
    [[nodiscard]] std::span<const T> all() const noexcept { return {values_, count_}; }
    [[nodiscard]] usize size() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    const T& operator[](usize i) const noexcept { return values_[i]; }
    void clear() noexcept { count_ = 0; }

private:
    T values_[Capacity] = {};
    usize count_ = 0;
};

/// Text in place, of a host or a domain: letters, digits, `-`, `.` and `_` only, so that it can go
/// into resolv.conf.
template <usize Capacity>
class name_text {
public:
    /// @return false: `text` has other characters, or is too long; nothing changes.
    bool assign(std::string_view text) noexcept {
        if (text.size() > Capacity)
            return false;
        for (const char c : text)
            if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
                c != '-' && c != '.' && c != '_')
                return false;
        std::memcpy(text_, text.data(), text.size());
        length_ = static_cast<u8>(text.size());
        return true;
    }
    [[nodiscard]] std::string_view view() const noexcept { return {text_, length_}; }
    [[nodiscard]] bool empty() const noexcept { return length_ == 0; }

private:
    static_assert(Capacity <= 255);
    char text_[Capacity] = {};
    u8 length_ = 0;
};

}  // namespace osprey::net
