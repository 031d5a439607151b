// SPDX-License-Identifier: BSD-3-Clause
#include <memory/user_pointer.hh>
#include <net/caller.hh>
#include <net/ethernet.hh>
#include <net/multicast.hh>
#include <net/output.hh>
#include <net/packet_socket/block_ring.hh>
#include <net/packet_socket/packet_socket.hh>
#include <net/packet_socket/ring.hh>
#include <net/packet_socket/socket.hh>
#include <sched/clock.hh>

namespace osprey::net {

namespace {

constexpr int level_packet = 263;
enum : int {
    packet_add_membership = 1,
    packet_drop_membership = 2,
    packet_rx_ring = 5,
    packet_statistics = 6,
    packet_auxdata = 8,
    packet_version = 10,
    packet_hdrlen = 11,
    packet_reserve = 12,
    packet_ignore_outgoing = 23,
};
enum : u16 { membership_multicast = 0, membership_promiscuous = 1, membership_all_multicast = 2 };
constexpr u16 ether_all = 0x0003;
constexpr u32 fionread = 0x541b;
constexpr i32 ring_version1 = 0, ring_version2 = 1, ring_version3 = 2;

/// struct packet_mreq
struct membership_request {
    i32 device;
    u16 kind, length;
    u8 address[8];
};
static_assert(sizeof(membership_request) == 16);

/// struct tpacket_auxdata
struct auxiliary_data {
    u32 status, length, captured;
    u16 link_at, network_at, vlan_tci, vlan_tpid;
};
static_assert(sizeof(auxiliary_data) == 20);
enum : u32 { status_user = 1, status_checksum_not_ready = 8, status_checksum_valid = 128 };

/// How many sockets want an interface promiscuous, or all multicasts of it.
constinit std::atomic<u32> promiscuous[64]{}, all_multicast[64]{};

void change_flag(std::atomic<u32>& users, interface& i, u32 flag, bool add) noexcept {
    if (add ? users.fetch_add(1) == 0 : users.fetch_sub(1) == 1)
        i.set_flags(add ? flag : 0, add ? 0 : flag);
}

// What a queued frame was, in the words of `scratch` behind the channel's.
constexpr usize scratch_direction = 1, scratch_length = 2;

result<refptr<socket>> create(int type, int protocol, u32 flags) noexcept {
    if (type != sock_raw && type != sock_dgram)
        return errc::socket_type_not_supported;
    const u16 ether_type = big_endian(static_cast<u16>(protocol));
    return TRY(make_ref<packet_socket>(type, ether_type, flags));
}
constexpr family_operations family{.family = af_packet, .create = create, .create_pair = nullptr};

}  // namespace

link_address link_address_of(const interface& i, u16 protocol, packet_direction d,
                             const mac_address& from) noexcept {
    constexpr u16 hardware_ethernet = 1, hardware_loopback = 772;
    link_address a{};
    a.family = af_packet;
    a.protocol = protocol;
    a.device = static_cast<i32>(i.index());
    a.hardware = i.is_loopback() ? hardware_loopback : hardware_ethernet;
    a.kind = static_cast<u8>(d);
    a.length = 6;
    std::memcpy(a.address, from.bytes, sizeof from.bytes);
    return a;
}

void start_packet_sockets() noexcept {
    register_family(family);
}

struct packet_sockets {
    static constinit sync::mutex mutex;
    static constinit intrusive_list<packet_socket, &packet_socket::all_hook_> all;
};
constinit sync::mutex packet_sockets::mutex{sync::lock_rank::file};
constinit intrusive_list<packet_socket, &packet_socket::all_hook_> packet_sockets::all;

void packet_socket::for_each(void (*visit)(const view& v, void* context), void* context) noexcept {
    sync::lock_guard guard{packet_sockets::mutex};
    for (packet_socket& s : packet_sockets::all)
        visit({s.type(), s.ether_type_.load(), s.bound_device.load(), s.listening_,
               static_cast<u32>(s.channel_.waiting()), s.user_, s.reference_count(), s.inode()},
              context);
}

packet_socket::packet_socket(int type, u16 ether_type, u32 flags) noexcept
    : socket{af_packet, type, big_endian(ether_type), flags},
      ether_type_{ether_type},
      user_{caller_credentials().uid} {
    {
        sync::lock_guard guard{packet_sockets::mutex};
        packet_sockets::all.push_back(*this);
    }
    if (ether_type != 0)
        listen();
}

void packet_socket::listen() noexcept {
    if (!listening_)
        add_tap(*this);
    listening_ = true;
}

bool packet_socket::wants(const interface& i, u16 ether_type, packet_direction d) const noexcept {
    const u32 device = bound_device.load(std::memory_order_relaxed);
    if (device != 0 && device != i.index())
        return false;
    const u16 wanted = ether_type_.load(std::memory_order_relaxed);
    // One protocol alone is about what comes in, as on Linux.
    if (wanted != ether_all)
        return wanted == ether_type && d != packet_direction::outgoing;
    return d != packet_direction::outgoing || !ignore_outgoing_.load(std::memory_order_relaxed);
}

void packet_socket::seen(interface& i, const packet& p, packet_direction d) noexcept {
    ethernet_header e;
    if (!p.copy_out(0, &e, sizeof e) || !wants(i, e.type, d))
        return;
    packet_ptr copy = p.clone();
    if (!copy)
        return;
    copy->network_header = copy->link_header = 0;
    if (cooked())
        copy->pull(sizeof e);
    const u32 length = copy->bytes();
    const u32 keep = filtered({.linear = {copy->data(), copy->linear_bytes()},
                               .bytes = length,
                               .rest = copy.get(),
                               .network_offset = cooked() ? 0 : u32{sizeof e},
                               .ether_type = e.type,
                               .packet_kind = static_cast<u8>(d),
                               .device = i.index(),
                               .device_type = static_cast<u16>(i.is_loopback() ? 772 : 1)});
    if (keep == 0)
        return;
    packets_.fetch_add(1, std::memory_order_relaxed);
    if (ring_) {
        const i64 now = p.arrived == instant{}
                            ? sched::realtime_ns()
                            : sched::realtime_offset() + static_cast<i64>(p.arrived.ns);
        const bool losing = drops_.load(std::memory_order_relaxed) != 0;
        if (ring_->put(
                {*copy, keep, cooked(), link_address_of(i, e.type, d, e.source), now, losing}))
            readable.wake_all(vfs::poll_in | vfs::poll_rdnorm);
        else
            drops_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    copy->device = &i;
    copy->ether_type = e.type;
    copy->truncate(keep);
    copy->scratch[scratch_direction] = static_cast<u64>(d);
    copy->scratch[scratch_length] = length;
    std::memcpy(&copy->scratch[3], e.source.bytes, sizeof e.source);
    if (channel_.push(std::move(copy), receive_room()))
        drops_.fetch_add(1, std::memory_order_relaxed);
    else
        readable.wake_one(vfs::poll_in | vfs::poll_rdnorm);
}

result<void> packet_socket::bind(const socket_address& a) noexcept {
    link_address l{};
    constexpr usize shortest = 12;  // up to the hardware address
    if (a.length < shortest || a.family() != af_packet)
        return errc::invalid_argument;
    std::memcpy(&l, a.bytes, a.length < sizeof l ? a.length : sizeof l);
    if (l.device != 0 && !find_interface(static_cast<u32>(l.device)))
        return errc::no_device;
    sync::lock_guard guard{mutex_};
    bound_device.store(static_cast<u32>(l.device));
    if (l.protocol != 0)
        ether_type_.store(l.protocol);
    if (ether_type_.load() != 0)
        listen();
    return ok;
}

result<socket_address> packet_socket::name() noexcept {
    socket_address a;
    link_address l{};
    l.family = af_packet;
    l.protocol = ether_type_.load();
    if (interface* i = find_interface(bound_device.load()))
        l = link_address_of(*i, l.protocol, packet_direction::host, i->mac());
    std::memcpy(a.bytes, &l, a.length = sizeof l);
    return a;
}

result<usize> packet_socket::send(message& m) noexcept {
    u32 index = bound_device.load();
    u16 ether_type = ether_type_.load();
    mac_address to;
    if (m.name && m.name->length != 0) {
        link_address l{};
        if (m.name->length < 12 || m.name->family() != af_packet)
            return errc::invalid_argument;
        std::memcpy(&l, m.name->bytes, m.name->length < sizeof l ? m.name->length : sizeof l);
        index = static_cast<u32>(l.device);
        ether_type = l.protocol;
        std::memcpy(to.bytes, l.address, sizeof to.bytes);
    } else if (index == 0) {
        return cooked() ? errc::no_destination : errc::no_device_or_address;
    }
    interface* i = find_interface(index);
    if (!i)
        return errc::no_device_or_address;
    if (!(i->flags() & if_up))
        return errc::network_down;
    const usize bytes = m.data.remaining();
    if (!cooked() && bytes < sizeof(ethernet_header))
        return errc::invalid_argument;
    if (bytes > i->mtu() + (cooked() ? 0 : sizeof(ethernet_header)))
        return errc::message_too_long;
    packet_ptr p = packet::make();
    if (!p)
        return errc::no_buffers;
    TRY_VOID(p->append_from(m.data, bytes));
    if (cooked())
        push_ethernet(*p, to, i->mac(), ether_type);
    transmit_frame(*i, std::move(p));
    return bytes;
}

void packet_socket::add_control(const packet& p, control_buffer& to) noexcept {
    add_timestamp(to, p.arrived);
    if (!auxiliary_.load(std::memory_order_relaxed))
        return;
    auxiliary_data a{};
    a.status = status_user;
    if (p.check == checksum_state::partial)
        a.status |= status_checksum_not_ready;
    else if (p.check == checksum_state::verified)
        a.status |= status_checksum_valid;
    a.length = static_cast<u32>(p.scratch[scratch_length]);
    a.captured = p.bytes();
    a.network_at = cooked() ? 0 : u16{sizeof(ethernet_header)};
    to.add(level_packet, packet_auxdata, &a, sizeof a);
}

result<usize> packet_socket::receive(message& m) noexcept {
    if (m.flags & (msg_oob | msg_errqueue))
        return m.flags & msg_oob ? errc::invalid_argument : errc::again;
    const instant deadline = receive_deadline();
    for (;;) {
        if (const errc e = take_error(); e != errc{})
            return e;
        if (channel_.readable()) {
            sync::lock_guard guard{mutex_};
            if (packet* p = channel_.front()) {
                const u32 bytes = p->bytes();
                usize copied = 0;
                if (m.data.remaining() != 0)
                    copied = TRY(p->copy_out(0, m.data, bytes));
                if (copied < bytes)
                    m.told |= msg_trunc;
                if (m.name) {
                    mac_address from;
                    std::memcpy(from.bytes, &p->scratch[3], sizeof from.bytes);
                    const link_address l = link_address_of(
                        *p->device, p->ether_type,
                        static_cast<packet_direction>(p->scratch[scratch_direction]), from);
                    std::memcpy(m.name->bytes, &l, m.name->length = sizeof l);
                }
                if (m.control_out)
                    add_control(*p, *m.control_out);
                const auto length = static_cast<usize>(p->scratch[scratch_length]);
                if (!(m.flags & msg_peek))
                    channel_.pop().reset();
                return m.flags & msg_trunc ? length : copied;
            }
        }
        if (m.flags & msg_dontwait)
            return errc::again;
        auto waited = readable.wait_exclusive(
            [&]() noexcept {
                return channel_.readable() || error_.load(std::memory_order_relaxed) != errc{};
            },
            sched::wait_mode::interruptible, deadline);
        if (!waited)
            return wait_failure(waited.error(), deadline);
    }
}

u32 packet_socket::poll(vfs::poll_registration* w) noexcept {
    if (w)
        w->subscribe(readable);
    u32 events = vfs::poll_out | vfs::poll_wrnorm;
    if (channel_.readable() || (ring_ && ring_->readable()))
        events |= vfs::poll_in | vfs::poll_rdnorm;
    if (error_.load(std::memory_order_relaxed) != errc{})
        events |= vfs::poll_err;
    return events;
}

result<u64> packet_socket::ioctl(u32 request, u64 argument) noexcept {
    if (request != fionread)
        return socket::ioctl(request, argument);
    i32 bytes;
    {
        sync::lock_guard guard{mutex_};
        const packet* p = channel_.front();
        bytes = p ? static_cast<i32>(p->bytes()) : 0;
    }
    TRY_VOID(memory::copy_to_user(argument, &bytes, sizeof bytes));
    return u64{0};
}

void packet_socket::apply(const membership& m, bool add) noexcept {
    interface* i = find_interface(m.device);
    if (!i || i->index() >= 64)
        return;
    if (m.kind == membership_promiscuous)
        change_flag(promiscuous[i->index()], *i, if_promiscuous, add);
    else  // single groups, too: what the program wants with them only it knows
        change_flag(all_multicast[i->index()], *i, if_all_multicast, add);
}

result<void> packet_socket::change_membership(std::span<const u8> value, bool add) noexcept {
    membership_request r{};
    if (value.size() < 8)
        return errc::invalid_argument;
    std::memcpy(&r, value.data(), value.size() < sizeof r ? value.size() : sizeof r);
    if (r.kind > membership_all_multicast)
        return errc::invalid_argument;
    if (!find_interface(static_cast<u32>(r.device)))
        return errc::no_device;
    membership m{static_cast<u32>(r.device), r.kind, {}};
    std::memcpy(m.address, r.address, sizeof m.address);
    {
        sync::lock_guard guard{mutex_};
        if (add) {
            TRY_VOID(memberships_.push_back(m));
        } else {
            usize at = 0;
            while (at < memberships_.size() &&
                   (memberships_[at].device != m.device || memberships_[at].kind != m.kind))
                ++at;
            if (at == memberships_.size())
                return errc::address_not_available;
            memberships_.erase(at);
        }
    }
    apply(m, add);
    return ok;
}

result<void> packet_socket::set_ring(std::span<const u8> value) noexcept {
    constexpr usize short_form = 16;  // struct tpacket_req
    ring_request r{};
    const bool blocks = ring_version_ == ring_version3;
    const usize bytes = blocks ? sizeof r : short_form;
    if (value.size() < bytes)
        return errc::invalid_argument;
    std::memcpy(&r, value.data(), bytes);
    if (ring_version_ != ring_version2 && !blocks)
        return errc::invalid_argument;
    unique_ptr<receive_ring> fresh;
    if (r.blocks != 0)
        fresh = blocks ? TRY(block_ring::create(r, ring_reserve_, readable))
                       : TRY(packet_ring::create(r, ring_reserve_));
    sync::lock_guard guard{mutex_};
    if (listening_)
        remove_tap(*this);  // `seen` looks at the ring without a lock
    ring_ = std::move(fresh);
    if (listening_)
        add_tap(*this);
    return ok;
}

result<void> packet_socket::set_option(int level, int option, std::span<const u8> value) noexcept {
    if (level != level_packet)
        return errc::no_protocol_option;
    if (option == packet_add_membership || option == packet_drop_membership)
        return change_membership(value, option == packet_add_membership);
    if (option == packet_rx_ring)
        return set_ring(value);
    i32 number;
    if (value.size() < sizeof number)
        return errc::invalid_argument;
    std::memcpy(&number, value.data(), sizeof number);
    switch (option) {
        case packet_auxdata:
            auxiliary_.store(number != 0);
            return ok;
        case packet_ignore_outgoing:
            ignore_outgoing_.store(number != 0);
            return ok;
        case packet_version:
            if (number < ring_version1 || number > ring_version3)
                return errc::invalid_argument;
            if (ring_)
                return errc::busy;
            ring_version_ = static_cast<u32>(number);
            return ok;
        case packet_reserve:
            if (number < 0 || number > 0xffff)
                return errc::invalid_argument;
            ring_reserve_ = static_cast<u32>(number);
            return ok;
        default:
            return errc::no_protocol_option;
    }
}

result<usize> packet_socket::get_option(int level, int option, std::span<u8> value) noexcept {
    if (level != level_packet)
        return errc::no_protocol_option;
    const auto give = [&](const auto& v) noexcept {
        const usize n = value.size() < sizeof v ? value.size() : sizeof v;
        std::memcpy(value.data(), &v, n);
        return n;
    };
    switch (option) {
        case packet_statistics: {
            const u32 drops = drops_.exchange(0);
            const u32 counts[3] = {packets_.exchange(0), drops, 0};  // 0: times it was full
            const usize bytes = ring_version_ == ring_version3 ? sizeof counts : 2 * sizeof(u32);
            const usize n = value.size() < bytes ? value.size() : bytes;
            std::memcpy(value.data(), counts, n);
            return n;
        }
        case packet_auxdata:
            return give(i32{auxiliary_.load()});
        case packet_ignore_outgoing:
            return give(i32{ignore_outgoing_.load()});
        case packet_version:
            return give(static_cast<i32>(ring_version_));
        case packet_hdrlen: {
            // Asked with the version in place.
            i32 version = 0;
            if (value.size() < sizeof version)
                return errc::invalid_argument;
            std::memcpy(&version, value.data(), sizeof version);
            if (version != ring_version2 && version != ring_version3)
                return errc::invalid_argument;
            return give(static_cast<i32>(version == ring_version2 ? packet_ring::header_bytes
                                                                  : block_ring::header_bytes));
        }
        case packet_reserve:
            return give(static_cast<i32>(ring_reserve_));
        default:
            return errc::no_protocol_option;
    }
}

result<refptr<memory::vm_object>> packet_socket::mapping(bool shared, bool) noexcept {
    sync::lock_guard guard{mutex_};
    if (!ring_ || !shared)
        return errc::invalid_argument;
    return ring_->memory();
}

void packet_socket::released() noexcept {
    {
        sync::lock_guard guard{packet_sockets::mutex};
        packet_sockets::all.remove(*this);
    }
    if (listening_)
        remove_tap(*this);
    listening_ = false;
    for (const membership& m : memberships_)
        apply(m, false);
    memberships_.clear();
    sync::lock_guard guard{mutex_};
    channel_.clear();
}

}  // namespace osprey::net
