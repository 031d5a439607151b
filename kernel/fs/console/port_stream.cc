// SPDX-License-Identifier: BSD-3-Clause
#include <base/format.hh>
#include <fs/console/port_stream.hh>
#include <sched/clock.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {
// The input is one stream however many files read it.
constinit sync::mutex reading{sync::lock_rank::none};
constinit std::atomic<u64> taken{0};          // bytes handed to programs
constinit std::atomic<u64> ends_at{~u64{0}};  // bytes in all, once the host knows
constinit sync::wait_queue end_announced;

bool at_end() noexcept {
    return taken.load(std::memory_order_acquire) >= ends_at.load(std::memory_order_acquire);
}
}  // namespace

void port_stream::set_input_end(u64 bytes) noexcept {
    ends_at.store(bytes, std::memory_order_release);
    end_announced.wake_all(vfs::poll_in | vfs::poll_hup);
}

result<usize> port_stream::read(vfs::io_buffer& to) noexcept {
    if (direction_ != direction::input)
        return errc::bad_descriptor;
    if (!port_ || to.remaining() == 0)
        return usize{0};
    for (;;) {
        {
            sync::lock_guard guard{reading};
            char piece[512];
            usize done = 0;
            while (to.remaining() != 0 && !at_end()) {
                const u64 left =
                    ends_at.load(std::memory_order_acquire) - taken.load(std::memory_order_relaxed);
                usize room = to.remaining() < sizeof(piece) ? to.remaining() : sizeof(piece);
                room = room < left ? room : left;
                const usize n = port_->read(piece, room);
                if (n == 0)
                    break;
                taken.fetch_add(n, std::memory_order_acq_rel);
                done += TRY(to.put(piece, n));
            }
            if (done != 0 || at_end())
                return done;
        }
        if (nonblocking())
            return errc::again;
        sync::waiter end_waiter;
        end_announced.add(end_waiter);
        auto woken = port_->input_arrived.wait([&] { return port_->input_ready() || at_end(); });
        end_announced.remove(end_waiter);
        if (!woken)
            return errc::restart_always;
    }
}

result<usize> port_stream::write(vfs::io_buffer& from) noexcept {
    if (direction_ != direction::output)
        return errc::bad_descriptor;
    usize done = 0;
    char piece[1024];
    while (from.remaining() != 0) {
        auto n = from.take(piece, sizeof(piece));
        if (!n)
            return done ? result<usize>{done} : n.error();
        if (port_) {
            auto written = port_->write(piece, *n);
            if (!written)
                return done ? result<usize>{done} : written.error();
        }
        done += *n;
    }
    return done;
}

u32 port_stream::poll(vfs::poll_registration* w) noexcept {
    if (direction_ == direction::output)
        return vfs::poll_out | vfs::poll_wrnorm;
    if (!port_)
        return vfs::poll_hup;
    if (w) {
        w->subscribe(port_->input_arrived);
        w->subscribe(end_announced);
    }
    u32 events = 0;
    if (at_end())
        events |= vfs::poll_hup;
    else if (port_->input_ready())
        events |= vfs::poll_in | vfs::poll_rdnorm;
    return events;
}

result<u64> port_stream::ioctl(u32, u64) noexcept {
    return errc::not_tty;
}

result<vfs::attributes> port_stream::get_attributes() noexcept {
    vfs::attributes a;
    a.inode = inode_;
    a.type = vfs::node_type::fifo;
    a.permissions = 0600;
    a.device = {0, 13};  // the pipe filesystem of Linux has such a small number too
    a.accessed = a.modified = a.changed = vfs::current_timestamp();
    return a;
}

result<refptr<vfs::file>> port_stream::reopen(u32 flags) noexcept {
    const u32 access = flags & vfs::o_accmode;
    if (access != vfs::o_rdwr && access != (this->flags() & vfs::o_accmode))
        return errc::access_denied;
    return refptr<vfs::file>{TRY(make_ref<port_stream>(port_, direction_, inode_, flags))};
}

usize port_stream::describe(char* to, usize room) const noexcept {
    fixed_text<32> text;
    format_to(text, "pipe:[{}]", inode_);
    const usize n = text.view().size() < room ? text.view().size() : room;
    std::memcpy(to, text.view().data(), n);
    return n;
}

}  // namespace osprey::fs
