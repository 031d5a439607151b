// SPDX-License-Identifier: BSD-3-Clause
#include <base/scope_exit.hh>
#include <memory/user_pointer.hh>
#include <net/caller.hh>
#include <net/netlink/netlink_socket.hh>
#include <vfs/poll.hh>

namespace osprey::net {
namespace {

struct abi_sockaddr_nl {
    u16 family, padding;
    u32 port, groups;
};
static_assert(sizeof(abi_sockaddr_nl) == 12);

enum netlink_option : int {
    add_membership = 1,
    drop_membership = 2,
    packet_info = 3,
    broadcast_error = 4,
    no_enobufs = 5,
    listen_all_nsid = 8,
    list_memberships = 9,
    cap_ack = 10,
    ext_ack = 11,
    get_strict_check = 12,
};

socket_address address_of(u32 port, u32 groups) noexcept {
    const abi_sockaddr_nl nl{af_netlink, 0, port, groups};
    socket_address a;
    std::memcpy(a.bytes, &nl, a.length = sizeof nl);
    return a;
}

result<abi_sockaddr_nl> parse(const socket_address& a) noexcept {
    abi_sockaddr_nl nl;
    if (a.length < sizeof nl)
        return errc::invalid_argument;
    std::memcpy(&nl, a.bytes, sizeof nl);
    if (nl.family != af_netlink)
        return errc::invalid_argument;
    return nl;
}

constexpr usize longest_request = 1 << 20;

}  // namespace

/// All netlink sockets.
struct netlink_table {
    using list = intrusive_list<netlink_socket, &netlink_socket::hook_>;
    static constinit sync::mutex mutex;  // outside of those of the sockets
    static constinit list all;
    static constinit std::atomic<u32> count;

    static void add(netlink_socket& s) noexcept {
        sync::lock_guard guard{mutex};
        all.push_back(s);
        count.fetch_add(1, std::memory_order_relaxed);
    }
    static void remove(netlink_socket& s) noexcept {
        sync::lock_guard guard{mutex};
        list::remove(s);
        count.fetch_sub(1, std::memory_order_relaxed);
    }
    /// Gives `s` a port unless it has one. @return false: taken.
    static bool take_port(netlink_socket& s, u32 port) noexcept {
        sync::lock_guard guard{mutex};
        for (netlink_socket& other : all)
            if (&other.protocol_ == &s.protocol_ && other.port_.load() == port)
                return &other == &s;
        s.port_.store(port);
        return true;
    }
};
constinit sync::mutex netlink_table::mutex{sync::lock_rank::file};
constinit netlink_table::list netlink_table::all;
constinit std::atomic<u32> netlink_table::count{0};

u32 netlink_socket::count() noexcept {
    return netlink_table::count.load(std::memory_order_relaxed);
}

void netlink_socket::for_each(void (*visit)(const view& v, void* context), void* context) noexcept {
    sync::lock_guard guard{netlink_table::mutex};
    for (netlink_socket& s : netlink_table::all)
        visit({s.protocol(), s.port_.load(), static_cast<u32>(s.groups_.load()),
               s.queued_bytes_.load(), s.drops_.load(), s.inode()},
              context);
}

bool netlink_has_members(int protocol, u32 group) noexcept {
    if (netlink_table::count.load(std::memory_order_relaxed) == 0)
        return false;
    sync::lock_guard guard{netlink_table::mutex};
    for (netlink_socket& s : netlink_table::all)
        if (s.protocol() == protocol && s.is_member(group))
            return true;
    return false;
}

void netlink_multicast(int protocol, u32 group, netlink_writer& message) noexcept {
    if (message.failed())
        return;
    sync::lock_guard guard{netlink_table::mutex};
    for (netlink_socket& s : netlink_table::all) {
        if (s.protocol() != protocol || !s.is_member(group))
            continue;
        auto copy = vector<u8>::copy_of(message.bytes().span());
        if (copy)
            s.deliver(std::move(*copy), group);
    }
}

netlink_socket::netlink_socket(const netlink_protocol& p, int type, u32 flags) noexcept
    : socket{af_netlink, type, p.number, flags}, protocol_{p} {
    netlink_table::add(*this);
}

void netlink_socket::released() noexcept {
    netlink_table::remove(*this);
    sync::lock_guard guard{mutex_};
    while (datagram* d = first_) {
        first_ = d->next;
        delete d;
    }
    last_ = nullptr;
}

/// @return `errc::address_in_use`.
result<void> netlink_socket::bind_to(u32 port) noexcept {
    if (port != 0)
        return netlink_table::take_port(*this, port) ? result<void>{ok} : errc::address_in_use;
    // The number of the process, and for its other sockets high numbers that no process has.
    u32 candidate = static_cast<u32>(caller_credentials().pid);
    for (u32 next = static_cast<u32>(-4096); !netlink_table::take_port(*this, candidate); --next)
        candidate = next;
    return ok;
}

result<void> netlink_socket::bind(const socket_address& a) noexcept {
    const auto nl = TRY(parse(a));
    if (port_.load() == 0)
        TRY_VOID(bind_to(nl.port));
    else if (nl.port != 0 && nl.port != port_.load())
        return errc::invalid_argument;
    const u32 known = protocol_.groups >= 32 ? ~u32{0} : (u32{1} << protocol_.groups) - 1;
    groups_.store((groups_.load() & ~u64{~u32{0}}) | (nl.groups & known));
    return ok;
}

result<void> netlink_socket::connect(const socket_address& a) noexcept {
    if (a.length >= sizeof(u16) && a.family() == 0) {
        peer_port_.store(0);
        peer_groups_.store(0);
        return ok;
    }
    const auto nl = TRY(parse(a));
    if (port_.load() == 0)
        TRY_VOID(bind_to(0));
    peer_port_.store(nl.port);
    peer_groups_.store(nl.groups);
    return ok;
}

result<socket_address> netlink_socket::name() noexcept {
    return address_of(port_.load(), static_cast<u32>(groups_.load()));
}

result<socket_address> netlink_socket::peer() noexcept {
    return address_of(peer_port_.load(), peer_groups_.load());
}

void netlink_socket::deliver(vector<u8>&& bytes, u32 group) noexcept {
    auto* d = new (std::nothrow) datagram{nullptr, group, std::move(bytes)};
    const u32 size = d ? static_cast<u32>(d->bytes.size()) : 0;
    const bool full = group != 0 && queued_bytes_.load() + size > receive_room();
    if (!d || full) {
        delete d;
        drops_.fetch_add(1, std::memory_order_relaxed);
        if (!no_buffer_errors_.load())
            set_error(errc::no_buffers);
        readable.wake_all(vfs::poll_err | vfs::poll_in);
        return;
    }
    {
        sync::lock_guard guard{mutex_};
        (last_ ? last_->next : first_) = d;
        last_ = d;
        queued_bytes_.fetch_add(size, std::memory_order_relaxed);
        queued_count_.fetch_add(1, std::memory_order_relaxed);
    }
    readable.wake_one(vfs::poll_in | vfs::poll_rdnorm);
}

void netlink_socket::acknowledge(const netlink_request_view& r, errc outcome) noexcept {
    netlink_writer out;
    const bool whole = outcome != errc{} && !short_acks_.load();
    out.begin(netlink_error, whole ? 0 : netlink_capped, r.header.sequence, port_.load());
    out.fixed(-static_cast<i32>(outcome));
    out.fixed(r.header);
    if (whole && !r.payload.empty())
        (void)out.bytes().append(r.payload);
    out.end();
    if (!out.failed())
        deliver(std::move(out.bytes()), 0);
}

void netlink_socket::handle(std::span<const u8> bytes) noexcept {
    for_each_netlink_message(bytes, [this](netlink_request_view& r) {
        r.port = port_.load();
        r.strict = strict_.load();
        errc outcome{};
        if (r.header.flags & netlink_request && r.header.type >= netlink_first_type) {
            netlink_answer answer{*this, r};
            if (auto handled = protocol_.handle(r, answer); !handled)
                outcome = handled.error();
            else if (auto sent = answer.finish(); !sent)
                outcome = sent.error();
            // A dump says itself that it is complete.
            if (outcome == errc{} && answer.was_dump())
                return;
        }
        if (outcome != errc{} || r.header.flags & netlink_ack)
            acknowledge(r, outcome);
    });
}

result<usize> netlink_socket::send(message& m) noexcept {
    if (m.flags & msg_oob)
        return errc::not_supported;
    u32 port = peer_port_.load(), groups = peer_groups_.load();
    if (m.name) {
        const auto nl = TRY(parse(*m.name));
        port = nl.port;
        groups = nl.groups;
    }
    if (port_.load() == 0)
        TRY_VOID(bind_to(0));
    const usize bytes = m.data.remaining();
    if (bytes + 32 > send_room() || bytes > longest_request)
        return errc::message_too_long;
    // Other applications do not listen here, only the kernel does.
    if (port != 0 || groups != 0)
        return errc::connection_refused;
    vector<u8> request;
    TRY_VOID(request.resize(bytes));
    usize got = 0;
    while (got < bytes)
        got += TRY(m.data.take(request.data() + got, bytes - got));
    handle(request.span());
    return bytes;
}

result<usize> netlink_socket::take(message& m, bool& found) noexcept {
    datagram* d;
    usize bytes, copied = 0;
    result<void> outcome = ok;
    u32 group;
    {
        sync::lock_guard guard{mutex_};
        d = first_;
        if (!d)
            return usize{0};
        found = true;
        bytes = d->bytes.size();
        group = d->group;
        const usize wanted = bytes < m.data.remaining() ? bytes : m.data.remaining();
        while (copied < wanted) {
            auto moved = m.data.put(d->bytes.data() + copied, wanted - copied);
            if (!moved || *moved == 0) {
                outcome = errc::bad_address;
                break;
            }
            copied += *moved;
        }
        if (m.flags & msg_peek) {
            d = nullptr;
        } else {
            first_ = d->next;
            if (!first_)
                last_ = nullptr;
            queued_bytes_.fetch_sub(static_cast<u32>(bytes), std::memory_order_relaxed);
            queued_count_.fetch_sub(1, std::memory_order_relaxed);
        }
    }
    delete d;
    TRY_VOID(std::move(outcome));
    if (copied < bytes)
        m.told |= msg_trunc;
    if (m.name)
        *m.name = address_of(0, group ? u32{1} << ((group - 1) & 31) : 0);
    if (packet_info_.load() && m.control_out) {
        constexpr int netlink_pktinfo = 3;
        m.control_out->add(sol_netlink, netlink_pktinfo, &group, sizeof group);
    }
    if (pass_credentials.load() && m.control_out) {
        constexpr int scm_credentials = 2;
        const credentials kernel{0, 0, 0};
        m.control_out->add(sol_socket, scm_credentials, &kernel, sizeof kernel);
    }
    return m.flags & msg_trunc ? bytes : copied;
}

result<usize> netlink_socket::receive(message& m) noexcept {
    if (m.flags & msg_oob)
        return errc::not_supported;
    const bool wait = !(m.flags & msg_dontwait);
    const instant deadline = wait ? receive_deadline() : instant{};
    for (;;) {
        if (errc e = take_error(); e != errc{})
            return e;
        bool found = false;
        const usize got = TRY(take(m, found));
        if (found)
            return got;
        if (!wait)
            return errc::again;
        auto waited = readable.wait_exclusive(
            [this] { return queued_count_.load() != 0 || error_.load() != errc{}; },
            sched::wait_mode::interruptible, deadline);
        if (!waited)
            return wait_failure(waited.error(), deadline);
    }
}

/// @return `errc::invalid_argument`: no such group.
result<void> netlink_socket::join(u32 group, bool member) noexcept {
    if (group == 0 || group > protocol_.groups || group > 64)
        return errc::invalid_argument;
    const u64 bit = u64{1} << (group - 1);
    if (member)
        groups_.fetch_or(bit);
    else
        groups_.fetch_and(~bit);
    return ok;
}

result<void> netlink_socket::set_option(int level, int option, std::span<const u8> value) noexcept {
    if (level != sol_netlink)
        return errc::no_protocol_option;
    u32 number = 0;
    if (value.size() >= sizeof number)
        std::memcpy(&number, value.data(), sizeof number);
    switch (option) {
        case add_membership:
        case drop_membership:
            return join(number, option == add_membership);
        case packet_info:
            packet_info_.store(number != 0);
            return ok;
        case broadcast_error:
            broadcast_errors_.store(number != 0);
            return ok;
        case no_enobufs:
            no_buffer_errors_.store(number != 0);
            return ok;
        case listen_all_nsid:  // there is one namespace
            all_namespaces_.store(number != 0);
            return ok;
        case cap_ack:
            short_acks_.store(number != 0);
            return ok;
        case ext_ack:  // no errors here have more to say than their number
            extended_acks_.store(number != 0);
            return ok;
        case get_strict_check:
            strict_.store(number != 0);
            return ok;
        default:
            return errc::no_protocol_option;
    }
}

result<usize> netlink_socket::get_option(int level, int option, std::span<u8> value) noexcept {
    if (level != sol_netlink)
        return errc::no_protocol_option;
    i32 number;
    switch (option) {
        case packet_info:
            number = packet_info_.load();
            break;
        case broadcast_error:
            number = broadcast_errors_.load();
            break;
        case no_enobufs:
            number = no_buffer_errors_.load();
            break;
        case listen_all_nsid:
            number = all_namespaces_.load();
            break;
        case cap_ack:
            number = short_acks_.load();
            break;
        case ext_ack:
            number = extended_acks_.load();
            break;
        case get_strict_check:
            number = strict_.load();
            break;
        case list_memberships: {
            const u64 groups = groups_.load();
            const usize n = value.size() < sizeof groups ? value.size() & ~usize{3} : sizeof groups;
            std::memcpy(value.data(), &groups, n);
            return align_up((usize{protocol_.groups} + 7) / 8, 4);
        }
        default:
            return errc::no_protocol_option;
    }
    if (value.size() < sizeof number)
        return errc::invalid_argument;
    std::memcpy(value.data(), &number, sizeof number);
    return sizeof number;
}

u32 netlink_socket::poll(vfs::poll_registration* w) noexcept {
    if (w) {
        w->subscribe(readable);
        w->subscribe(writable);
    }
    u32 events = vfs::poll_out | vfs::poll_wrnorm | vfs::poll_wrband;
    if (queued_count_.load() != 0)
        events |= vfs::poll_in | vfs::poll_rdnorm;
    if (error_.load() != errc{})
        events |= vfs::poll_err;
    return events;
}

result<u64> netlink_socket::ioctl(u32, u64) noexcept {
    return errc::not_tty;
}

}  // namespace osprey::net
