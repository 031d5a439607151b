// SPDX-License-Identifier: BSD-3-Clause
#include <base/format.hh>
#include <net/datagram/error_record.hh>
#include <net/settings.hh>
#include <net/socket.hh>
#include <sched/clock.hh>

namespace osprey::net {

namespace {
constinit std::atomic<u64> last_inode{0};
}  // namespace

void control_buffer::add(int level, int type, const void* data, usize bytes) noexcept {
    constexpr usize header = 16;
    const usize room = room_.size() - used_;
    if (room < header) {
        truncated_ = true;
        return;
    }
    usize length = header + bytes;
    if (length > room) {
        truncated_ = true;
        length = room;
    }
    u8* to = room_.data() + used_;
    const u64 stored = length;
    const i32 words[2] = {level, type};
    std::memcpy(to, &stored, 8);
    std::memcpy(to + 8, words, 8);
    std::memcpy(to + header, data, length - header);
    const usize step = align_up(length, 8);
    if (step <= room)
        std::memset(to + length, 0, step - length);
    used_ += step < room ? step : room;
}

socket::socket(int family, int type, int protocol, u32 flags) noexcept
    : file{nullptr, vfs::o_rdwr | (flags & vfs::o_nonblock)},
      family_{family},
      type_{type},
      protocol_{protocol},
      inode_{last_inode.fetch_add(1, std::memory_order_relaxed) + 1},
      receive_room_{settings().rmem_default.load(std::memory_order_relaxed)},
      send_room_{settings().wmem_default.load(std::memory_order_relaxed)},
      created_{vfs::current_timestamp()} {}

result<void> socket::bind(const socket_address&) noexcept {
    return errc::not_supported;
}
result<void> socket::connect(const socket_address&) noexcept {
    return errc::not_supported;
}
result<void> socket::listen(int) noexcept {
    return errc::not_supported;
}
result<refptr<socket>> socket::accept(u32) noexcept {
    return errc::not_supported;
}
result<void> socket::shutdown(u32) noexcept {
    return errc::not_supported;
}
result<socket_address> socket::peer() noexcept {
    return errc::not_connected;
}
result<void> socket::set_option(int, int, std::span<const u8>) noexcept {
    return errc::no_protocol_option;
}
result<usize> socket::get_option(int, int, std::span<u8>) noexcept {
    return errc::no_protocol_option;
}
result<usize> socket::send_pages(std::span<const fragment>, u32) noexcept {
    return errc::not_supported;
}

namespace {
instant deadline_after(u64 ns) noexcept {
    if (ns == 0)
        return instant::never();
    return sched::monotonic_now() + duration::nanoseconds(static_cast<i64>(ns));
}
}  // namespace

instant socket::receive_deadline() const noexcept {
    return deadline_after(receive_timeout_ns_.load(std::memory_order_relaxed));
}
instant socket::send_deadline() const noexcept {
    return deadline_after(send_timeout_ns_.load(std::memory_order_relaxed));
}

errc socket::wait_failure(errc of_wait, instant deadline) noexcept {
    if (of_wait == errc::timed_out)
        return errc::again;
    if (of_wait == errc::interrupted && deadline == instant::never())
        return errc::restart_always;
    return of_wait;
}

result<usize> socket::read(vfs::io_buffer& to) noexcept {
    if (to.remaining() == 0)
        return usize{0};  // unlike recv(2) of nothing, which waits
    message m{.data = to, .flags = nonblocking() ? u32{msg_dontwait} : 0};
    return receive(m);
}

result<usize> socket::write(vfs::io_buffer& from) noexcept {
    message m{.data = from, .flags = nonblocking() ? u32{msg_dontwait} : 0};
    if (type_ == sock_seqpacket)
        m.flags = msg_eor;
    return send(m);
}

bool socket::receive_zero_copies(message& m) noexcept {
    const u32 end = zero_copies_.load(std::memory_order_acquire);
    const u32 begin = zero_copies_told_.exchange(end, std::memory_order_relaxed);
    if (begin == end)
        return false;
    give_zero_copies(begin, end - 1, family_, m);
    return true;
}

result<vfs::attributes> socket::get_attributes() noexcept {
    vfs::attributes a;
    a.inode = inode_;
    a.type = vfs::node_type::socket;
    a.permissions = 0777;
    a.device = {0, 8};
    a.accessed = a.modified = a.changed = created_;
    return a;
}

usize socket::describe(char* to, usize room) const noexcept {
    fixed_text<32> text;
    format_to(text, "socket:[{}]", inode_);
    const usize n = text.view().size() < room ? text.view().size() : room;
    std::memcpy(to, text.view().data(), n);
    return n;
}

}  // namespace osprey::net
