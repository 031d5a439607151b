// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <linux/arguments.hh>
#include <memory/user_pointer.hh>
#include <string_view>

namespace osprey::abi {

/// A terminated string copied from the application: short ones stay on the stack, long ones go to
/// the heap.
class user_string {
public:
    user_string() noexcept = default;
    user_string(const user_string&) = delete;
    ~user_string() {
        if (heap_)
            deallocate(heap_, heap_size_);
    }

    /// A path. @return `errc::bad_address`, `errc::name_too_long` (4096 bytes and more),
    /// `errc::no_entry` for an empty one unless `allow_empty`.
    enum class empty : u8 { refused, allowed };
    result<void> load(user_path from, empty what = empty::refused) noexcept;
    /// Other text of less than `limit` bytes; longer: `too_long`.
    result<void> load(user_text from, usize limit, errc too_long) noexcept;

    [[nodiscard]] std::string_view view() const noexcept { return {heap_ ? heap_ : here_, size_}; }

private:
    result<void> copy(virtual_address from, usize limit, errc too_long) noexcept;
    char here_[160];
    char* heap_ = nullptr;
    usize heap_size_ = 0, size_ = 0;
};

inline constexpr usize path_limit = 4096;

}  // namespace osprey::abi
