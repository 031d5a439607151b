// SPDX-License-Identifier: BSD-3-Clause
#include <base/format.hh>
#include <cstring>
#include <fs/socket_pair/socket_pair.hh>
#include <memory/user_pointer.hh>
#include <vfs/poll.hh>

namespace osprey::fs {

namespace {
constexpr usize capacity = 256 * 1024;  // Linux: 208 KB with its overhead (net.core.wmem_default)
}

void socket_link::direction::shut_down() noexcept {
    if (shut.exchange(true))
        return;
    bytes->drop_reader();
    bytes->drop_writer();
}

result<refptr<socket_link>> socket_link::create() noexcept {
    auto link = TRY(make_ref<socket_link>());
    for (direction& d : link->directions) {
        d.bytes = TRY(pipe_buffer::create());
        (void)TRY(d.bytes->set_capacity(capacity));
        d.bytes->add_reader();
        d.bytes->add_writer();
    }
    return link;
}

socket_end::socket_end(refptr<socket_link> link, usize side, u32 flags) noexcept
    : file{nullptr, flags},
      link_{std::move(link)},
      in_{link_->directions[side]},
      out_{link_->directions[1 - side]},
      created_{vfs::current_timestamp()} {}

result<usize> socket_end::receive(vfs::io_buffer& to, blocking how) noexcept {
    const usize got = TRY(in_.bytes->read(to, how));
    if (got == 0 && to.remaining() != 0 && in_.reset.exchange(false))
        return errc::connection_reset;
    return got;
}

result<usize> socket_end::send(vfs::io_buffer& from, blocking how) noexcept {
    if (out_.shut.load())
        return errc::broken_pipe;
    if (from.remaining() == 0)
        return usize{0};
    return out_.bytes->write(from, how);
}

void socket_end::shut_down(u32 which) noexcept {
    if (which & receiving)
        in_.shut_down();
    if (which & sending)
        out_.shut_down();
}

void socket_end::released() noexcept {
    if (in_.bytes->used() != 0)
        out_.reset.store(true);  // before the other end can see the end of the stream
    shut_down(receiving | sending);
}

u32 socket_end::poll(vfs::poll_registration* w) noexcept {
    if (w) {
        w->subscribe(in_.bytes->data_arrived);
        w->subscribe(out_.bytes->room_arrived);
    }
    u32 events = 0;
    const bool in_shut = in_.shut.load(), out_shut = out_.shut.load();
    if (in_.bytes->used() != 0 || in_shut)
        events |= vfs::poll_in | vfs::poll_rdnorm;
    if (out_.bytes->writable() || out_shut)
        events |= vfs::poll_out | vfs::poll_wrnorm;
    if (in_shut)
        events |= vfs::poll_rdhup;
    if (in_shut && out_shut)
        events |= vfs::poll_hup;
    if (in_.reset.load())
        events |= vfs::poll_err;
    return events;
}

result<u64> socket_end::ioctl(u32 request, u64 argument) noexcept {
    constexpr u32 fionread = 0x541b, siocoutq = 0x5411;
    if (request != fionread && request != siocoutq)
        return errc::not_tty;
    const usize bytes = (request == fionread ? in_ : out_).bytes->used();
    TRY_VOID(memory::user_ptr<i32>{argument}.store(static_cast<i32>(bytes)));
    return u64{0};
}

result<vfs::attributes> socket_end::get_attributes() noexcept {
    vfs::attributes a;
    a.inode = in_.bytes->inode;
    a.type = vfs::node_type::socket;
    a.permissions = 0777;
    a.device = {0, 8};
    a.accessed = a.modified = a.changed = created_;
    return a;
}

usize socket_end::describe(char* to, usize room) const noexcept {
    fixed_text<32> text;
    format_to(text, "socket:[{}]", in_.bytes->inode);
    const usize n = text.view().size() < room ? text.view().size() : room;
    std::memcpy(to, text.view().data(), n);
    return n;
}

result<socket_ends> make_socket_pair(u32 flags) noexcept {
    const u32 kept = vfs::o_rdwr | (flags & vfs::o_nonblock);
    auto link = TRY(socket_link::create());
    refptr<vfs::file> first = TRY(make_ref<socket_end>(link, usize{0}, kept));
    refptr<vfs::file> second = TRY(make_ref<socket_end>(link, usize{1}, kept));
    return socket_ends{std::move(first), std::move(second)};
}

}  // namespace osprey::fs
