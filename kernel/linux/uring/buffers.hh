// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/vector.hh>
#include <linux/abi/uring.hh>
#include <sync/mutex.hh>
#include <vfs/io_buffer.hh>

namespace osprey::abi {

/// Memory that an application has given to a ring: fixed buffers by index, and groups of buffers
/// from which a request takes one when it has data (IOSQE_BUFFER_SELECT).
/// Context: tasks of the application, may sleep.
class uring_buffers {
public:
    result<void> register_fixed(vector<vfs::io_segment>&& fixed) noexcept;  // errc::busy
    result<void> unregister_fixed() noexcept;
    /// Is [address, +length) within fixed buffer `index`? @return `errc::bad_address`.
    result<void> check_fixed(u16 index, u64 address, u64 length) noexcept;

    struct chosen {
        u64 address;
        u32 length;
        u16 id;
    };
    /// @return `errc::no_buffers`, `errc::bad_address`.
    result<chosen> take(u16 group) noexcept;
    /// A buffer that was taken and not used.
    void give_back(u16 group, const chosen& b) noexcept;
    /// IORING_OP_PROVIDE_BUFFERS. @return `errc::exists` for a group that is a ring.
    result<void> provide(u16 group, u64 address, u32 length, u32 count, u16 first_id) noexcept;
    /// IORING_OP_REMOVE_BUFFERS. @return how many; `errc::no_entry`.
    result<u32> remove(u16 group, u32 count) noexcept;
    result<void> register_ring(const abi_buffer_ring& ring) noexcept;
    result<void> unregister_ring(u16 group) noexcept;

private:
    struct group {
        u16 id = 0;
        vector<chosen> list;  // the last is taken first
        u64 ring = 0;         // address of the application's ring; 0: none
        u16 mask = 0, head = 0;
    };
    group* find(u16 id) noexcept;

    sync::mutex mutex_;
    vector<group> groups_;
    vector<vfs::io_segment> fixed_;
    bool has_fixed_ = false;
};

}  // namespace osprey::abi
