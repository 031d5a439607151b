// SPDX-License-Identifier: BSD-3-Clause
#include <linux/user_string.hh>

namespace osprey::abi {

result<void> user_string::copy(virtual_address from, usize limit, errc too_long) noexcept {
    if (from >= arch::application_limit)
        return errc::bad_address;
    const i64 length = arch::user_string_length(reinterpret_cast<const char*>(from), limit);
    if (length < 0)
        return errc::bad_address;
    const usize size = static_cast<usize>(length);
    if (size >= limit)
        return too_long;
    char* to = here_;
    if (size >= sizeof here_) {
        heap_ = static_cast<char*>(allocate(size + 1, 1));
        if (!heap_)
            return errc::out_of_memory;
        heap_size_ = size + 1;
        to = heap_;
    }
    TRY_VOID(memory::copy_from_user(to, from, size));
    to[size] = '\0';
    // Another thread may have shortened it since it was measured.
    size_ = std::string_view{to}.size();
    return {};
}

result<void> user_string::load(user_path from, empty what) noexcept {
    TRY_VOID(copy(from.where, path_limit, errc::name_too_long));
    if (size_ == 0 && what == empty::refused)
        return errc::no_entry;
    return {};
}

result<void> user_string::load(user_text from, usize limit, errc too_long) noexcept {
    return copy(from.where, limit, too_long);
}

}  // namespace osprey::abi
