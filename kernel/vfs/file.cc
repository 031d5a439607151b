// SPDX-License-Identifier: BSD-3-Clause
#include <base/format.hh>
#include <trace/tracepoint.hh>
#include <vfs/file.hh>
#include <vfs/file_locks.hh>
#include <vfs/watch.hh>

namespace osprey::vfs {

file::file(refptr<vnode> node, u32 flags) noexcept
    : flags_{flags & ~(o_creat | o_excl | o_noctty | o_trunc | o_cloexec)},
      node_{std::move(node)} {}

file::~file() = default;

TRACEPOINT(vfs, vfs_close, trace::address file);
void file::last_reference_gone() noexcept {
    TRACE(vfs_close, this);
    if (file_watch* w = watches.load(std::memory_order_acquire)) [[unlikely]]
        w->target_gone(*this);
    if (file_watch* w = notifier.load(std::memory_order_acquire)) [[unlikely]]
        w->target_gone(*this);
    if (holds_locks.load(std::memory_order_relaxed)) [[unlikely]]
        release_file_locks(*this);
    if (!(flags() & o_path))
        tell_file(*this, writable() ? closed_written : closed_unwritten);
    released();
    node_.reset();
    opened_as = {};
    sync::rcu_defer(rcu_, [](sync::rcu_head* head) {
        delete reinterpret_cast<file*>(reinterpret_cast<char*>(head) - offsetof(file, rcu_));
    });
}

TRACEPOINT(vfs, vfs_read, trace::address file, u64 bytes);
result<usize> file::read(io_buffer& to) noexcept {
    TRACE(vfs_read, this, to.remaining());
    sync::lock_guard guard{position_mutex};
    const usize n = TRY(read_at(to, position));
    position += n;
    return n;
}

TRACEPOINT(vfs, vfs_write, trace::address file, u64 bytes);
result<usize> file::write(io_buffer& from) noexcept {
    TRACE(vfs_write, this, from.remaining());
    sync::lock_guard guard{position_mutex};
    const usize n = TRY(write_at(from, position));
    position += n;
    return n;
}

result<usize> file::read_at(io_buffer&, u64) noexcept {
    return errc::invalid_argument;
}
result<usize> file::write_at(io_buffer&, u64) noexcept {
    return errc::invalid_argument;
}
result<u64> file::seek(i64, int) noexcept {
    return errc::illegal_seek;
}
u32 file::poll(poll_registration*) noexcept {
    return poll_in | poll_out | poll_rdnorm | poll_wrnorm;
}
result<u64> file::ioctl(u32, u64) noexcept {
    return errc::not_tty;
}

result<attributes> file::get_attributes() noexcept {
    if (vnode* n = node()) {
        result<attributes> a = n->get_attributes();
        if (a)
            a->device = n->owner().device();
        return a;
    }
    attributes a;  // Linux shows its anonymous objects as 0600 without a type
    a.type = node_type::anonymous;
    a.permissions = 0600;
    a.inode = 1;
    return a;
}

result<void> file::truncate(u64) noexcept {
    return errc::invalid_argument;
}
result<void> file::synchronize(bool) noexcept {
    return errc::invalid_argument;
}
result<void> file::allocate_space(u32, u64, u64) noexcept {
    return errc::no_device;
}
result<void> file::read_directory(directory_sink&) noexcept {
    return errc::not_directory;
}
result<refptr<memory::vm_object>> file::mapping(bool, bool) noexcept {
    return errc::no_device;
}

result<file::mapped_part> file::mapping_at(u64 offset, u64, bool shared, bool writable) noexcept {
    return mapped_part{TRY(mapping(shared, writable)), offset};
}

void file::set_status_flags(u32 wanted) noexcept {
    constexpr u32 may_change = o_append | o_nonblock | o_direct | o_noatime | o_async;
    u32 now = flags_.load(std::memory_order_relaxed);
    while (!flags_.compare_exchange_weak(now, (now & ~may_change) | (wanted & may_change),
                                         std::memory_order_relaxed)) {
    }
}

result<refptr<file>> file::reopen(u32 flags) noexcept {
    return node_ ? node_->open(flags) : errc::no_device_or_address;
}

result<refptr<file>> file::open_peer(u32) noexcept {
    return errc::not_tty;
}

usize file::describe(char* to, usize room) const noexcept {
    constexpr std::string_view text = "anon_inode:[unknown]";
    const usize n = text.size() < room ? text.size() : room;
    std::memcpy(to, text.data(), n);
    return n;
}

result<void> file::show_facts(string&) noexcept {
    return ok;
}

}  // namespace osprey::vfs
