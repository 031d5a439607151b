// SPDX-License-Identifier: BSD-3-Clause
//
// The open file of an AF_UNIX socket.
#include <memory/user_pointer.hh>
#include <net/settings.hh>
#include <net/unix/garbage.hh>
#include <net/unix/unix_end.hh>

namespace osprey::net {

namespace {
enum option : int { so_peek_off = 42 };

template <typename T>
usize give(std::span<u8> value, const T& t) noexcept {
    const usize n = value.size() < sizeof t ? value.size() : sizeof t;
    std::memcpy(value.data(), &t, n);
    return sizeof t;
}

/// socket(2) takes SOCK_RAW for SOCK_DGRAM, as BSD does.
result<int> type_of(int type, int protocol) noexcept {
    if (protocol != 0 && protocol != af_unix)
        return errc::protocol_not_supported;
    if (type == sock_raw)
        return int{sock_dgram};
    if (type != sock_stream && type != sock_dgram && type != sock_seqpacket)
        return errc::socket_type_not_supported;
    return type;
}

result<refptr<socket>> create_socket(int type, int protocol, u32 flags) noexcept {
    return TRY(unix_socket::create(TRY(type_of(type, protocol)), flags));
}

result<void> create_pair(int type, int protocol, u32 flags, refptr<socket> (&ends)[2]) noexcept {
    type = TRY(type_of(type, protocol));
    auto first = TRY(unix_socket::create(type, flags));
    auto second = TRY(unix_socket::create(type, flags));
    unix_end::join(first->end(), second->end());
    ends[0] = std::move(first);
    ends[1] = std::move(second);
    return ok;
}

constexpr family_operations unix_family{af_unix, create_socket, create_pair};

}  // namespace

void register_unix_sockets() noexcept {
    register_family(unix_family);
}

unix_socket::unix_socket(refptr<unix_end> end, int type, u32 flags) noexcept
    : socket{af_unix, type, 0, flags}, end_{std::move(end)} {
    end_->inode.store(inode());
    pass_credentials.store(end_->wants_credentials.load());
}

result<refptr<unix_socket>> unix_socket::create(int type, u32 flags) noexcept {
    return wrap(TRY(unix_end::create(type)), flags);
}

result<refptr<unix_socket>> unix_socket::wrap(refptr<unix_end> end, u32 flags) noexcept {
    auto made = make_ref<unix_socket>(end, end->type(), flags);
    if (!made)
        end->close();
    return made;
}

void unix_socket::released() noexcept {
    end_->close();
    unix_garbage::collect();
}

result<void> unix_socket::bind(const socket_address& a) noexcept {
    return end_->bind(a);
}

result<void> unix_socket::connect(const socket_address& a) noexcept {
    return end_->connect(a, send_deadline(), !nonblocking());
}

result<void> unix_socket::listen(int backlog) noexcept {
    if (type() == sock_dgram)
        return errc::not_supported;
    return end_->listen(backlog);
}

result<refptr<socket>> unix_socket::accept(u32 flags) noexcept {
    if (type() == sock_dgram)
        return errc::not_supported;
    return TRY(wrap(TRY(end_->accept(receive_deadline(), !nonblocking())), flags));
}

result<usize> unix_socket::send(message& m) noexcept {
    return type() == sock_stream ? end_->send_stream(m, *this) : end_->send_datagram(m, *this);
}

result<usize> unix_socket::receive(message& m) noexcept {
    return type() == sock_stream ? end_->receive_stream(m, *this)
                                 : end_->receive_datagram(m, *this);
}

result<void> unix_socket::shutdown(u32 how) noexcept {
    end_->shut_down(how);
    return ok;
}

namespace {
socket_address address_of(const refptr<unix_name>& name) noexcept {
    if (name)
        return name->address;
    socket_address a;
    constexpr u16 family = af_unix;
    std::memcpy(a.bytes, &family, sizeof family);
    a.length = sizeof family;
    return a;
}
}  // namespace

result<socket_address> unix_socket::name() noexcept {
    return address_of(end_->name());
}

result<socket_address> unix_socket::peer() noexcept {
    refptr<unix_end> other = end_->peer();
    if (!other)
        return errc::not_connected;
    return address_of(other->name());
}

result<void> unix_socket::set_option(int level, int option, std::span<const u8> value) noexcept {
    if (level != sol_socket)
        return errc::not_supported;  // the family has no level of its own
    if (option != so_peek_off)
        return errc::no_protocol_option;
    i32 offset;
    std::memcpy(&offset, value.data(), sizeof offset);  // `socket` has looked at the length
    end_->peek_offset.store(offset < 0 ? -1 : offset);
    return ok;
}

result<usize> unix_socket::get_option(int level, int option, std::span<u8> value) noexcept {
    if (level != sol_socket)
        return errc::not_supported;
    switch (option) {
        case so_peercred:
            return give(value, end_->peer_credentials);
        case so_peek_off:
            return give(value, end_->peek_offset.load());
        case so_peergroups: {
            const std::span<const u32> groups = end_->peer_groups.span();
            std::memcpy(value.data(), groups.data(), std::min(value.size(), groups.size_bytes()));
            return groups.size_bytes();
        }
        case so_peername: {
            const socket_address a = TRY(peer());
            if (value.size() > a.length)
                return errc::invalid_argument;
            std::memcpy(value.data(), a.bytes, value.size());
            return value.size();
        }
        default:
            return errc::no_protocol_option;
    }
}

void unix_socket::option_changed(int option) noexcept {
    if (option == so_passcred)
        end_->wants_credentials.store(pass_credentials.load());
    if (option == so_sndbuf) {
        end_->send_room.store(send_room());
        end_->writable.wake_all(vfs::poll_out | vfs::poll_wrnorm);
    }
}

u32 unix_socket::poll(vfs::poll_registration* w) noexcept {
    return end_->poll(w);
}

result<u64> unix_socket::ioctl(u32 request, u64 argument) noexcept {
    constexpr u32 siocinq = 0x541b, siocoutq = 0x5411, siocatmark = 0x8905;
    if (request == siocatmark && type() == sock_stream) {
        TRY_VOID(memory::user_ptr<i32>{argument}.store(end_->at_mark()));
        return u64{0};
    }
    if (request != siocinq && request != siocoutq)
        return errc::not_tty;
    if (request == siocinq && listening())
        return errc::invalid_argument;
    const u32 bytes = request == siocinq ? end_->readable_bytes() : end_->unread_by_peer();
    TRY_VOID(memory::user_ptr<i32>{argument}.store(static_cast<i32>(bytes)));
    return u64{0};
}

}  // namespace osprey::net
