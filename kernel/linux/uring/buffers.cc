// SPDX-License-Identifier: BSD-3-Clause
#include <linux/uring/buffers.hh>
#include <memory/user_pointer.hh>

namespace osprey::abi {

result<void> uring_buffers::register_fixed(vector<vfs::io_segment>&& fixed) noexcept {
    sync::lock_guard guard{mutex_};
    if (has_fixed_)
        return errc::busy;
    fixed_ = std::move(fixed);
    has_fixed_ = true;
    return {};
}

result<void> uring_buffers::unregister_fixed() noexcept {
    sync::lock_guard guard{mutex_};
    if (!has_fixed_)
        return errc::no_device_or_address;
    fixed_.clear();
    has_fixed_ = false;
    return {};
}

result<void> uring_buffers::check_fixed(u16 index, u64 address, u64 length) noexcept {
    sync::lock_guard guard{mutex_};
    if (index >= fixed_.size())
        return errc::bad_address;
    const vfs::io_segment& whole = fixed_[index];
    if (address < whole.base || length > whole.bytes || address - whole.base > whole.bytes - length)
        return errc::bad_address;
    return {};
}

uring_buffers::group* uring_buffers::find(u16 id) noexcept {
    for (group& g : groups_)
        if (g.id == id)
            return &g;
    return nullptr;
}

result<uring_buffers::chosen> uring_buffers::take(u16 id) noexcept {
    sync::lock_guard guard{mutex_};
    group* g = find(id);
    if (!g)
        return errc::no_buffers;
    if (!g->list.empty()) {
        const chosen b = g->list.back();
        g->list.pop_back();
        return b;
    }
    if (g->ring == 0)
        return errc::no_buffers;
    const u64 tail_at = g->ring + __builtin_offsetof(abi_uring_buffer, tail);
    const u16 tail = TRY(memory::user_ptr<const u16>{tail_at}.load());
    std::atomic_thread_fence(std::memory_order_acquire);
    if (tail == g->head)
        return errc::no_buffers;
    const memory::user_ptr<const abi_uring_buffer> entries{g->ring};
    const abi_uring_buffer b = TRY(entries.at(g->head & g->mask).load());
    ++g->head;
    return chosen{b.address, b.length, b.id};
}

void uring_buffers::give_back(u16 id, const chosen& b) noexcept {
    sync::lock_guard guard{mutex_};
    if (group* g = find(id))
        (void)g->list.push_back(b);  // without memory the buffer is lost to the application
}

result<void> uring_buffers::provide(u16 id, u64 address, u32 length, u32 count,
                                    u16 first_id) noexcept {
    sync::lock_guard guard{mutex_};
    group* g = find(id);
    if (!g) {
        group fresh;
        fresh.id = id;
        TRY_VOID(groups_.push_back(std::move(fresh)));
        g = &groups_.back();
    }
    if (g->ring != 0)
        return errc::invalid_argument;
    // In order: the first that was given is the first that is taken.
    vector<chosen> all;
    TRY_VOID(all.reserve(g->list.size() + count));
    for (u32 i = count; i-- > 0;)
        TRY_VOID(all.push_back(
            chosen{address + u64{i} * length, length, static_cast<u16>(first_id + i)}));
    for (const chosen& b : g->list)
        TRY_VOID(all.push_back(b));
    g->list = std::move(all);
    return {};
}

result<u32> uring_buffers::remove(u16 id, u32 count) noexcept {
    sync::lock_guard guard{mutex_};
    group* g = find(id);
    if (!g)
        return errc::no_entry;
    if (g->ring != 0)
        return errc::invalid_argument;
    u32 removed = 0;
    for (; removed < count && !g->list.empty(); ++removed)
        g->list.pop_back();
    return removed;
}

result<void> uring_buffers::register_ring(const abi_buffer_ring& ring) noexcept {
    constexpr u32 most = 65536;
    if (ring.padding || ring.reserved[0] || ring.reserved[1] || ring.reserved[2])
        return errc::invalid_argument;
    if (ring.address == 0)
        return errc::bad_address;
    if (!is_aligned(ring.address, page_size) || ring.entries == 0 || ring.entries >= most ||
        (ring.entries & (ring.entries - 1)) != 0)
        return errc::invalid_argument;
    if (!memory::is_application_range(ring.address, ring.entries * sizeof(abi_uring_buffer)))
        return errc::bad_address;
    sync::lock_guard guard{mutex_};
    group* g = find(ring.group);
    if (g && (g->ring != 0 || !g->list.empty()))
        return errc::exists;
    if (!g) {
        group fresh;
        fresh.id = ring.group;
        TRY_VOID(groups_.push_back(std::move(fresh)));
        g = &groups_.back();
    }
    g->ring = ring.address;
    g->mask = static_cast<u16>(ring.entries - 1);
    g->head = 0;
    return {};
}

result<void> uring_buffers::unregister_ring(u16 id) noexcept {
    sync::lock_guard guard{mutex_};
    for (usize i = 0; i < groups_.size(); ++i)
        if (groups_[i].id == id) {
            if (groups_[i].ring == 0)
                return errc::invalid_argument;
            groups_.erase_unordered(i);
            return {};
        }
    return errc::no_entry;
}

}  // namespace osprey::abi
