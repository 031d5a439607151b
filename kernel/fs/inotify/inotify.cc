// SPDX-License-Identifier: BSD-3-Clause
#include <base/scope_exit.hh>
#include <cstring>
#include <fs/inotify/inotify.hh>
#include <fs/inotify/instance.hh>
#include <memory/user_pointer.hh>
#include <vfs/poll.hh>

namespace osprey::fs {
namespace {

// include/uapi/linux/inotify.h, beyond vfs::happening
enum event_bit : u32 {
    all_events = 0xfff,
    queue_overflow = 0x4000,
    ignored = 0x8000,
    exclude_unlinked = 0x0400'0000,
    mask_create = 0x1000'0000,
    mask_add = 0x2000'0000,
    one_shot = 0x8000'0000,
};
constexpr u32 always_told = vfs::filesystem_unmounted | ignored;

/// struct inotify_event without the name.
struct record {
    i32 watch;
    u32 mask, cookie, name_bytes;
};
static_assert(sizeof(record) == 16);

}  // namespace

bool inotify_watch::happened(const vfs::change& c) noexcept {
    const u32 wanted = mask.load(std::memory_order_acquire);
    u32 what = c.what;
    if (!(what & (wanted | always_told) & ~u32{vfs::of_directory}))
        return true;
    if ((wanted & exclude_unlinked) && c.name_gone)
        return true;
    if (what & (vfs::self_deleted | vfs::self_moved))
        what &= ~u32{vfs::of_directory};
    owner_.put(number, what & (wanted | always_told | vfs::of_directory), c.cookie, c.name);
    if (!(wanted & one_shot))
        return true;
    node_gone();
    return false;
}

void inotify_watch::node_gone() noexcept {
    if (!ended.exchange(true, std::memory_order_acq_rel))
        owner_.put(number, ignored, 0, {});
}

inotify_file::~inotify_file() {
    while (event* e = queue_.pop_front())
        free(e);
}

void inotify_file::released() noexcept {
    sync::lock_guard guard{editing_};
    for (auto& w : watches_)
        (void)vfs::detach_watch(*w);  // nobody calls it any more
    watches_.clear();
}

/// `queue_mutex_` held. Without memory the event is lost, as on Linux.
void inotify_file::append(i32 watch, u32 mask, u32 cookie, std::string_view name) noexcept {
    void* room = allocate(sizeof(event) + name.size());
    if (!room)
        return;
    auto* e = ::new (room) event{.hook = {},
                                 .watch = watch,
                                 .mask = mask,
                                 .cookie = cookie,
                                 .name_bytes = static_cast<u32>(name.size())};
    std::memcpy(e->name(), name.data(), name.size());
    queue_.push_back(*e);
    queued_bytes_ += sizeof(record) + e->padded();
    queued_.fetch_add(1, std::memory_order_release);
}

void inotify_file::put(i32 watch, u32 mask, u32 cookie, std::string_view name) noexcept {
    {
        sync::lock_guard guard{queue_mutex_};
        event* last = queue_.back();
        if (last && last->mask & queue_overflow)
            return;
        // What the last event tells already is not told twice (inotify(7)).
        if (last && last->watch == watch && last->mask == mask && last->cookie == cookie &&
            last->text() == name)
            return;
        if (queued_.load(std::memory_order_relaxed) >= most_queued)
            append(-1, queue_overflow, 0, {});
        else
            append(watch, mask, cookie, name);
    }
    arrived_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
}

/// The first event if its record fits into `room`; null with a reason if not, or without.
inotify_file::event* inotify_file::take(usize room, errc& failure) noexcept {
    sync::lock_guard guard{queue_mutex_};
    event* first = queue_.front();
    if (!first)
        return nullptr;
    if (sizeof(record) + first->padded() > room) {
        failure = errc::invalid_argument;
        return nullptr;
    }
    queue_.remove(*first);
    queued_bytes_ -= sizeof(record) + first->padded();
    queued_.fetch_sub(1, std::memory_order_release);
    return first;
}

result<usize> inotify_file::read(vfs::io_buffer& to) noexcept {
    usize done = 0;
    for (;;) {
        errc failure{};
        while (event* e = take(to.remaining(), failure)) {
            scope_exit free_event{[e] {
                free(e);
            }};
            const record head{e->watch, e->mask, e->cookie, e->padded()};
            auto put_all = [&]() -> result<void> {
                if (TRY(to.put(&head, sizeof head)) != sizeof head ||
                    TRY(to.put(e->name(), e->name_bytes)) != e->name_bytes ||
                    TRY(to.put_zeros(e->padded() - e->name_bytes)) != e->padded() - e->name_bytes)
                    return errc::bad_address;
                return ok;
            };
            if (auto stored = put_all(); !stored)
                return done ? result<usize>{done} : stored.error();
            done += sizeof head + e->padded();
        }
        if (done != 0)
            return done;
        if (failure != errc{})
            return failure;
        if (nonblocking())
            return errc::again;
        if (!arrived_.wait([this] { return queued_.load(std::memory_order_acquire) != 0; }))
            return errc::restart_always;
    }
}

u32 inotify_file::poll(vfs::poll_registration* w) noexcept {
    if (w)
        w->subscribe(arrived_);
    return queued_.load(std::memory_order_acquire) != 0 ? vfs::poll_in | vfs::poll_rdnorm : 0u;
}

result<u64> inotify_file::ioctl(u32 request, u64 argument) noexcept {
    constexpr u32 fionread = 0x541b;
    if (request != fionread)
        return errc::not_tty;
    i32 bytes;
    {
        sync::lock_guard guard{queue_mutex_};
        bytes = static_cast<i32>(queued_bytes_);
    }
    TRY_VOID(memory::user_ptr<i32>{argument}.store(bytes));
    return u64{0};
}

usize inotify_file::describe(char* to, usize room) const noexcept {
    constexpr std::string_view text = "anon_inode:inotify";
    const usize n = text.size() < room ? text.size() : room;
    std::memcpy(to, text.data(), n);
    return n;
}

result<void> inotify_file::show_facts(string& out) noexcept {
    sync::lock_guard guard{editing_};
    drop_ended();
    for (auto& w : watches_) {
        const vfs::device_number device = w->node()->owner().device();
        TRY_VOID(print(out, "inotify wd:{:x} ino:{:x} sdev:{:x} mask:{:x} ignored_mask:0 \n",
                       w->number, w->node()->inode(), device.major << 20 | device.minor,
                       w->mask.load(std::memory_order_relaxed) & ~u32{mask_add | mask_create}));
    }
    return ok;
}

/// `editing_` held.
void inotify_file::drop_ended() noexcept {
    for (usize i = watches_.size(); i-- > 0;)
        if (watches_[i]->ended.load(std::memory_order_acquire)) {
            (void)vfs::detach_watch(*watches_[i]);
            watches_.erase(i);
        }
}

result<i32> inotify_file::add(const vfs::path& where, u32 mask) noexcept {
    sync::lock_guard guard{editing_};
    drop_ended();
    const u32 kept = mask & ~u32{mask_add | mask_create};
    for (auto& w : watches_) {
        if (w->node() != where.node())
            continue;
        if (mask & mask_create)
            return errc::exists;
        const u32 before = w->mask.load(std::memory_order_relaxed);
        w->mask.store(mask & mask_add ? before | kept : kept, std::memory_order_release);
        return w->number;
    }
    TRY_VOID(watches_.reserve(watches_.size() + 1));
    // Numbers are not used again soon: a late event must not be taken for one of a new watch.
    auto fresh = TRY(make_ref<inotify_watch>(*this, last_number_ + 1, kept));
    TRY_VOID(vfs::attach_watch(*fresh, where));
    ++last_number_;
    TRY_VOID(watches_.push_back(std::move(fresh)));
    return last_number_;
}

result<void> inotify_file::remove(i32 number) noexcept {
    sync::lock_guard guard{editing_};
    drop_ended();
    for (usize i = 0; i < watches_.size(); ++i)
        if (watches_[i]->number == number) {
            (void)vfs::detach_watch(*watches_[i]);
            watches_[i]->node_gone();
            watches_.erase(i);
            return ok;
        }
    return errc::invalid_argument;
}

result<refptr<vfs::file>> make_inotify(u32 flags) noexcept {
    return TRY(make_ref<inotify_file>(flags));
}

result<i32> add_inotify_watch(vfs::file& instance, const vfs::path& where, u32 mask) noexcept {
    return static_cast<inotify_file&>(instance).add(where, mask);
}

result<void> remove_inotify_watch(vfs::file& instance, i32 number) noexcept {
    return static_cast<inotify_file&>(instance).remove(number);
}

}  // namespace osprey::fs
