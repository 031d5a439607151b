// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/user_access.hh>
#include <base/result.hh>
#include <span>
#include <type_traits>

namespace osprey::memory {

/// Is [start, start+bytes) inside the application's half?
constexpr bool is_application_range(virtual_address start, usize bytes) noexcept {
    return start <= arch::application_limit && bytes <= arch::application_limit - start;
}

/// Copies from or to application memory. No bytes are fine anywhere. Context: threads, may sleep.
inline result<void> copy_from_user(void* to, virtual_address from, usize bytes) noexcept {
    if (bytes == 0)
        return {};
    if (!is_application_range(from, bytes) ||
        arch::copy_user(to, reinterpret_cast<const void*>(from), bytes) != 0)
        return errc::bad_address;
    return {};
}
inline result<void> copy_to_user(virtual_address to, const void* from, usize bytes) noexcept {
    if (bytes == 0)
        return {};
    if (!is_application_range(to, bytes) ||
        arch::copy_user(reinterpret_cast<void*>(to), from, bytes) != 0)
        return errc::bad_address;
    return {};
}

/// A pointer that the application passed: the only way to dereference it is to copy.
template <typename T>
class user_ptr {
    static_assert(std::is_void_v<T> || std::is_trivially_copyable_v<std::remove_cv_t<T>>);

public:
    constexpr user_ptr() noexcept = default;
    constexpr explicit user_ptr(virtual_address a) noexcept : address_{a} {}
    [[nodiscard]] constexpr virtual_address address() const noexcept { return address_; }
    constexpr explicit operator bool() const noexcept { return address_ != 0; }

    [[nodiscard]] auto load() const noexcept -> result<std::remove_cv_t<T>>
    requires(!std::is_void_v<T>) {
        std::remove_cv_t<T> value;
        TRY_VOID(copy_from_user(&value, address_, sizeof(T)));
        return value;
    }
    [[nodiscard]] result<void> store(const std::remove_cv_t<T>& value) const noexcept
        requires(!std::is_void_v<T> && !std::is_const_v<T>) {
        return copy_to_user(address_, &value, sizeof(T));
    }
    [[nodiscard]] constexpr user_ptr at(usize index) const noexcept requires(!std::is_void_v<T>) {
        return user_ptr{address_ + index * sizeof(std::conditional_t<std::is_void_v<T>, char, T>)};
    }
    template <typename U>
    [[nodiscard]] constexpr user_ptr<U> as() const noexcept {
        return user_ptr<U>{address_};
    }

private:
    virtual_address address_ = 0;
};

/// Copies a terminated string of at most `room.size()-1` characters.
/// @return its length; `errc::bad_address`, `errc::name_too_long`.
inline result<usize> copy_string_from_user(std::span<char> room, virtual_address from) noexcept {
    if (from >= arch::application_limit)
        return errc::bad_address;
    i64 length = arch::user_string_length(reinterpret_cast<const char*>(from), room.size());
    if (length < 0)
        return errc::bad_address;
    if (static_cast<usize>(length) >= room.size())
        return errc::name_too_long;
    TRY_VOID(copy_from_user(room.data(), from, static_cast<usize>(length)));
    room[static_cast<usize>(length)] = '\0';
    return static_cast<usize>(length);
}

}  // namespace osprey::memory
