// SPDX-License-Identifier: BSD-3-Clause
#include <net/checksum.hh>
#include <net/datagram/datagram_socket.hh>
#include <net/datagram/socket_list.hh>
#include <net/icmp/icmp.hh>
#include <net/inet_family.hh>
#include <net/ipv6/header.hh>
#include <net/ipv6/icmpv6.hh>
#include <net/raw/ping.hh>
#include <sync/random_pool.hh>

namespace osprey::net {

namespace {

class ping_socket;
constinit socket_list<ping_socket> pings;
constinit sync::mutex identifiers{sync::lock_rank::network_configuration};
constexpr u16 unspecified_family = 0;

/// The identifier of its echo messages is its port.
class ping_socket final : public datagram_socket {
public:
    ping_socket(int family, int protocol, u32 flags) noexcept
        : datagram_socket{family, sock_dgram, protocol, flags} {
        reuse_address.store(
            true);  // Linux lets ping sockets share an identifier unless told not to
        if (family == af_inet)
            local_.address = remote_.address = ip_address::v4_any();
    }

    result<void> bind(const socket_address& a) noexcept override {
        const endpoint e = TRY(to_endpoint(a, family()));
        TRY_VOID(check_bindable(e));
        if (local().port != 0)
            return errc::invalid_argument;
        TRY_VOID(take_identifier(e.port));
        sync::lock_guard guard{mutex_};
        local_.address = e.address;
        local_.scope = e.scope;
        return ok;
    }
    result<void> connect(const socket_address& a) noexcept override {
        if (a.length < sizeof(u16))
            return errc::invalid_argument;
        if (a.family() == unspecified_family) {
            connected_.store(false, std::memory_order_release);
            return ok;
        }
        const endpoint to = TRY(destination_of(a));
        auto way = TRY(find_way(TRY(choose({}, to))));
        TRY_VOID(ensure_identifier());
        sync::lock_guard guard{mutex_};
        if (local_.address.is_any())
            local_.address = way->source;
        remote_ = to;
        connected_.store(true, std::memory_order_release);
        return ok;
    }
    result<usize> send(message& m) noexcept override;

    [[nodiscard]] u16 identifier() const noexcept {
        return identifier_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] bool wants(const packet& p, u16 id) const noexcept {
        const u32 device = bound_device.load(std::memory_order_relaxed);
        return identifier() == id && p.destination.is_v4() == (family() == af_inet) &&
               (local_.address.is_any() || local_.address == p.destination) &&
               (device == 0 || (p.device && p.device->index() == device));
    }

protected:
    bool verify(packet&) noexcept override { return true; }  // ICMP has looked
    [[nodiscard]] usize payload_offset(const packet&) const noexcept override { return 0; }
    [[nodiscard]] socket_address sender_of(const packet& p) const noexcept override {
        endpoint from{p.source};
        if (!p.source.is_v4() && p.source.is_link_local() && p.device)
            from.scope = p.device->index();
        return from_endpoint(from, family());
    }
    void leave_tables() noexcept override { pings.remove(*this); }

private:
    result<void> ensure_identifier() noexcept {
        return identifier() != 0 ? result<void>{} : take_identifier(0);
    }
    /// 0: any that is free.
    result<void> take_identifier(u16 wanted) noexcept {
        sync::lock_guard guard{identifiers};
        if (identifier() != 0)
            return ok;
        const auto in_use = [&](u16 id) noexcept {
            bool used = false;
            // Looks only: no reference may be dropped while `identifiers` is held.
            pings.for_each(
                [&](const ping_socket& s) noexcept {
                    const bool shared = s.reuse_address.load() && reuse_address.load();
                    used |= s.identifier() == id && s.family() == family() && !(wanted && shared);
                    return false;
                },
                [](ping_socket&) noexcept {});
            return used;
        };
        u16 id = wanted ? wanted : static_cast<u16>(random_number() | 1);
        for (u32 tries = 0; in_use(id); ++tries) {
            if (wanted || tries == 1000)
                return errc::address_in_use;
            id = static_cast<u16>(random_number() | 1);
        }
        local_.port = id;
        identifier_.store(id, std::memory_order_relaxed);
        return ok;
    }
    std::atomic<u16> identifier_{0};
};

result<usize> ping_socket::send(message& m) noexcept {
    if (m.flags & msg_oob)
        return errc::not_supported;
    if (const errc e = late_error(); e != errc{})
        return e;
    const usize bytes = m.data.remaining();
    if (bytes > 0xffff)
        return errc::message_too_long;
    if (bytes < sizeof(icmp_header))
        return errc::invalid_argument;
    const bool v6 = family() == af_inet6;
    endpoint to = remote_;
    if (m.name && m.name->length != 0)
        to = TRY(destination_of(*m.name));
    else if (!is_connected())
        return errc::no_destination;
    if (v6 && to.address.is_v4())
        return errc::invalid_argument;
    packet_ptr p = packet::make();
    if (!p)
        return errc::no_buffers;
    TRY_VOID(p->append_from(m.data, bytes));
    if (!p->pull_up(sizeof(icmp_header)))
        return errc::no_buffers;
    auto* h = p->header<icmp_header>();
    if (h->type != (v6 ? u8{icmpv6_echo_request} : u8{icmp_echo}) || h->code != 0)
        return errc::invalid_argument;
    const send_choice how = TRY(choose(m.control_in, to));
    const refptr<route> way = TRY(find_way(how));
    TRY_VOID(ensure_identifier());
    const ip_address source = how.source.is_any() ? way->source : how.source;
    h->id = identifier();
    h->check = 0;
    checksum sum;
    if (v6)
        sum.add_pseudo_header(source, to.address, protocol_icmpv6, p->bytes());
    p->add_checksum(sum, 0, p->bytes());
    h->check = sum.field();
    TRY_VOID(send_ip(*way, source, v6 ? protocol_icmpv6 : protocol_icmp, std::move(p), how.ip));
    return bytes;
}

/// Replies and errors, of both families: the headers of echo messages are alike.
class ping_replies final : public transport_protocol {
public:
    void receive(packet_ptr p) noexcept override {
        if (!p->pull_up(sizeof(icmp_header)))
            return;
        const u16 id = p->header<icmp_header>()->id;
        p->check = checksum_state::verified;
        pings.for_each([&](const ping_socket& s) noexcept { return s.wants(*p, id); },
                       [&](ping_socket& s) noexcept {
                           packet_ptr copy = p->clone();
                           if (copy && s.queue(std::move(copy)))
                               s.wake_readers();
                       });
    }
    void error(const icmp_error& e) noexcept override {
        if (e.transport.size() < sizeof(icmp_header))
            return;
        icmp_header h;
        std::memcpy(&h, e.transport.data(), sizeof h);
        const bool v4 = e.destination.is_v4();
        pings.for_each(
            [&](const ping_socket& s) noexcept {
                return s.identifier() == h.id && (s.family() == af_inet) == v4;
            },
            [&](ping_socket& s) noexcept { s.queue_error(e, {e.destination}, e.transport); });
    }
};
constinit ping_replies replies;

result<refptr<socket>> create(int family, int protocol, u32 flags) noexcept {
    auto s = TRY(make_ref<ping_socket>(family, protocol, flags));
    TRY_VOID(pings.add(*s));
    return s;
}
constinit inet_type v4_type{.type = sock_dgram,
                            .protocol = protocol_icmp,
                            .is_default = false,
                            .v4 = true,
                            .v6 = false,
                            .create = create};
constinit inet_type v6_type{.type = sock_dgram,
                            .protocol = protocol_icmpv6,
                            .is_default = false,
                            .v4 = false,
                            .v6 = true,
                            .create = create};

}  // namespace

void start_ping() noexcept {
    register_ping(replies);
    register_ping6(replies);
    register_inet_type(v4_type);
    register_inet_type(v6_type);
}

}  // namespace osprey::net
