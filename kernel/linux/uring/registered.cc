// SPDX-License-Identifier: BSD-3-Clause
//
// Files and events that are registered with a ring.
#include <linux/uring/ring.hh>

namespace osprey::abi {

result<refptr<vfs::file>> uring::fixed_file(u32 index) noexcept {
    sync::lock_guard guard{files_mutex_};
    if (index >= files_.size() || !files_[index])
        return errc::bad_descriptor;
    return files_[index];
}

result<void> uring::register_files(vector<refptr<vfs::file>>&& files) noexcept {
    sync::lock_guard guard{files_mutex_};
    if (has_files_)
        return errc::busy;
    files_ = std::move(files);
    has_files_ = true;
    range_first_ = 0;
    range_end_ = static_cast<u32>(files_.size());
    return {};
}

result<void> uring::unregister_files() noexcept {
    vector<refptr<vfs::file>> gone;  // closed without the lock
    sync::lock_guard guard{files_mutex_};
    if (!has_files_)
        return errc::no_device_or_address;
    gone = std::move(files_);
    files_ = {};
    has_files_ = false;
    return {};
}

result<u32> uring::install_fixed(u32 slot, refptr<vfs::file> file) noexcept {
    constexpr u32 any_slot = ~u32{0};
    refptr<vfs::file> before;
    sync::lock_guard guard{files_mutex_};
    if (!has_files_)
        return errc::no_device_or_address;
    if (slot == any_slot) {
        for (slot = range_first_; slot < range_end_ && files_[slot];)
            ++slot;
        if (slot >= range_end_)
            return errc::too_many_files_system;
    }
    if (slot >= files_.size())
        return errc::invalid_argument;
    before = std::exchange(files_[slot], std::move(file));
    return slot;
}

result<void> uring::remove_fixed(u32 slot) noexcept {
    refptr<vfs::file> gone;
    sync::lock_guard guard{files_mutex_};
    if (!has_files_)
        return errc::no_device_or_address;
    if (slot >= files_.size())
        return errc::invalid_argument;
    if (!files_[slot])
        return errc::bad_descriptor;
    gone = std::move(files_[slot]);
    files_[slot] = {};
    return {};
}

result<void> uring::set_index_range(u32 first, u32 count) noexcept {
    u32 end;
    if (__builtin_add_overflow(first, count, &end))
        return errc::overflow;
    sync::lock_guard guard{files_mutex_};
    if (end > files_.size())
        return errc::invalid_argument;
    range_first_ = first;
    range_end_ = end;
    return {};
}

result<void> uring::register_event(refptr<vfs::file> event, bool only_later) noexcept {
    sync::lock_guard guard{files_mutex_};
    if (event_)
        return errc::busy;
    event_ = std::move(event);
    event_only_later_ = only_later;
    has_event_.store(true, std::memory_order_release);
    return {};
}

result<void> uring::unregister_event() noexcept {
    refptr<vfs::file> gone;
    sync::lock_guard guard{files_mutex_};
    if (!event_)
        return errc::no_device_or_address;
    gone = std::move(event_);
    event_ = {};
    has_event_.store(false, std::memory_order_release);
    return {};
}

}  // namespace osprey::abi
