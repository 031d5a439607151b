// SPDX-License-Identifier: BSD-3-Clause
// The receive path of UDP: headers only, under RCU, without locks.
#include <base/hash.hh>
#include <net/checksum.hh>
#include <net/configuration.hh>
#include <net/dhcp/message6.hh>
#include <net/inet_family.hh>
#include <net/statistics.hh>
#include <net/udp/header.hh>
#include <net/udp/udp.hh>

namespace osprey::net {
namespace {

constinit udp_table bindings;
constexpr ip_address loopback_broadcast = ip_address::v4(0x7fffffff);

u32 hash_of(const packet& p) noexcept {
    if (p.flow_hash != 0)
        return p.flow_hash;
    return static_cast<u32>(
        mix(p.source.low() ^ p.source.high(),
            p.destination.low() ^ u64{p.source_port} << 32 ^ u64{p.destination_port} << 16) >>
        32);
}

udp_flow flow_of(const packet& p) noexcept {
    return {p.source,
            p.destination,
            p.source_port,
            p.destination_port,
            p.device ? p.device->index() : 0,
            hash_of(p)};
}

void count_error(const packet& p) noexcept {
    count(p.destination.is_v4() ? statistic::udp_in_errors : statistic::udp6_in_errors);
}

class udp_protocol final : public transport_protocol {
public:
    void receive(packet_ptr p) noexcept override {
        if (!p->pull_up(sizeof(udp_header)) || !accept_header(*p)) [[unlikely]] {
            count_error(*p);
            return;
        }
        if (p->gso == gso_kind::udp) [[unlikely]]
            return receive_joined(std::move(p));
        receive_one(std::move(p));
    }

    void error(const icmp_error& e) noexcept override {
        if (e.transport.size() < sizeof(udp_header))
            return;
        udp_header h;
        std::memcpy(&h, e.transport.data(), sizeof h);
        // The packet was ours: its source is our name.
        const udp_flow f{e.destination, e.source, h.destination, h.source, 0, 0};
        refptr<udp_socket> s;
        {
            sync::rcu_read_guard reading;
            const udp_binding* b = bindings.find(f);
            if (b && b->owner->try_add_ref())
                s = refptr<udp_socket>::adopt(b->owner);
        }
        if (!s)
            return;
        const ip_option discover =
            e.destination.is_v4() ? ip_option::mtu_discover : ip_option::mtu_discover6;
        if (e.what == icmp_error::kind::too_big && e.mtu != 0 &&
            heeds_routers(static_cast<mtu_discovery>(s->options().get(discover))))
            learn_path_mtu(e.destination, e.mtu);
        s->queue_error(e, {e.destination, h.destination}, e.transport.subspan(sizeof(udp_header)));
    }

private:
    static void receive_one(packet_ptr p) noexcept {
        const bool v4 = p->destination.is_v4();
        if (p->destination.is_multicast() || p->link_broadcast ||
            p->destination == loopback_broadcast) [[unlikely]]
            return deliver_to_many(std::move(p));
        refptr<udp_socket> sleeper;
        if (deliver(p, sleeper)) [[likely]] {
            count(v4 ? statistic::udp_in_datagrams : statistic::udp6_in_datagrams);
            if (sleeper)
                sleeper->wake_readers();
            return;
        }
        if (p)
            refuse(std::move(p));
    }

    /// Datagrams that were sent as one (UDP_SEGMENT) and never met a device that cut them.
    static void receive_joined(packet_ptr p) noexcept {
        bool whole = false;
        if (!p->destination.is_multicast() && !p->link_broadcast) {
            sync::rcu_read_guard reading;
            const udp_binding* b = bindings.find(flow_of(*p));
            whole = b && b->owner->takes_joined();
        }
        if (whole)
            return receive_one(std::move(p));
        const auto payload = static_cast<u32>(p->bytes() - sizeof(udp_header));
        for (u32 at = 0; at < payload; at += p->gso_bytes) {
            const u32 n = payload - at < p->gso_bytes ? payload - at : p->gso_bytes;
            if (packet_ptr s = cut(*p, at, n))
                receive_one(std::move(s));
        }
    }

    /// The datagram with `n` bytes of the payload of `whole`. @return null: out of memory.
    static packet_ptr cut(packet& whole, u32 at, u32 n) noexcept {
        packet_ptr s = whole.slice(sizeof(udp_header) + at, n);
        if (!s)
            return s;
        auto* h = reinterpret_cast<udp_header*>(s->push(sizeof(udp_header)));
        *h = *whole.header<udp_header>();
        h->bytes = static_cast<u16>(sizeof(udp_header) + n);
        s->device = whole.device;
        s->ether_type = whole.ether_type;
        s->protocol = whole.protocol;
        s->hop_limit = whole.hop_limit;
        s->traffic_class = whole.traffic_class;
        s->looped_back = whole.looped_back;
        s->check = checksum_state::verified;
        s->flow_hash = whole.flow_hash;
        s->source = whole.source;
        s->destination = whole.destination;
        s->source_port = whole.source_port;
        s->destination_port = whole.destination_port;
        s->arrived = whole.arrived;
        return s;
    }

    static bool accept_header(packet& p) noexcept {
        const udp_header h = *p.header<udp_header>();
        if (h.bytes < sizeof h || h.bytes > p.bytes())
            return false;
        if (h.bytes < p.bytes())
            p.truncate(h.bytes);
        p.source_port = h.source;
        p.destination_port = h.destination;
        if (h.checksum == 0 && p.check == checksum_state::none) {
            if (!p.destination.is_v4())
                return false;  // RFC 8200 §8.1
            p.check = checksum_state::verified;
        }
        return true;
    }

    /// To one socket. Takes `p` unless nobody is there; `sleeper`: who has to be woken.
    static bool deliver(packet_ptr& p, refptr<udp_socket>& sleeper) noexcept {
        sync::rcu_read_guard reading;
        const udp_binding* b = bindings.find(flow_of(*p));
        if (!b)
            return false;
        udp_socket& s = *b->owner;
        if (!s.queue(std::move(p)))
            return false;
        if (s.has_sleepers() && s.try_add_ref())
            sleeper = refptr<udp_socket>::adopt(&s);
        return true;
    }

    /// A copy for everybody (RFC 1112 §6.1). Copies are made outside the RCU section.
    static void deliver_to_many(packet_ptr p) noexcept {
        constexpr usize at_once = 32;
        const udp_flow f = flow_of(*p);
        bool anybody = false;
        for (usize done = 0;; done += at_once) {
            refptr<udp_socket> takers[at_once];
            usize n = 0, seen = 0;
            {
                sync::rcu_read_guard reading;
                bindings.for_each_member(f, [&](const udp_binding& b) noexcept {
                    if (!wants(*b.owner, *p) || seen++ < done || n == at_once)
                        return;
                    if (b.owner->try_add_ref())
                        takers[n++] = refptr<udp_socket>::adopt(b.owner);
                });
            }
            for (usize i = 0; i < n; ++i) {
                anybody = true;
                packet_ptr copy = p->clone();
                if (copy && takers[i]->queue(std::move(copy)))
                    takers[i]->wake_readers();
            }
            if (n < at_once)
                break;
        }
        const bool v4 = p->destination.is_v4();
        if (anybody)
            count(v4 ? statistic::udp_in_datagrams : statistic::udp6_in_datagrams);
        else if (p->destination.is_multicast())
            count(statistic::udp_ignored_multicasts);
    }
    static bool wants(const udp_socket& s, const packet& p) noexcept {
        if (!p.destination.is_multicast())
            return true;
        const ip_option all =
            p.destination.is_v4() ? ip_option::multicast_all : ip_option::multicast_all6;
        return s.groups().wants(p.destination, p.device->index(), p.source,
                                s.options().get(all) != 0);
    }

    /// Nobody is there.
    static void refuse(packet_ptr p) noexcept {
        const bool v4 = p->destination.is_v4();
        if (!v4 && p->destination_port == dhcp6_client_port &&
            p->source_port == dhcp6_server_port && p->destination.is_link_local()) {
            p->pull(sizeof(udp_header));
            return tell_configuration(configuration_news::dhcp6_message, std::move(p));
        }
        if (p->check == checksum_state::none) {
            checksum sum;
            sum.add_pseudo_header(p->source, p->destination, protocol_udp, p->bytes());
            p->add_checksum(sum, 0, p->bytes());
            if (!sum.correct())
                return count_error(*p);
        }
        count(v4 ? statistic::udp_no_ports : statistic::udp6_no_ports);
        send_icmp_error(*p, icmp_error::kind::port_unreachable);
    }
};
constinit udp_protocol protocol;

result<refptr<socket>> create(int family, int, u32 flags) noexcept {
    return TRY(make_ref<udp_socket>(family, flags));
}
constinit inet_type type{.type = sock_dgram,
                         .protocol = protocol_udp,
                         .is_default = true,
                         .v4 = true,
                         .v6 = true,
                         .create = create};

}  // namespace

udp_table& udp_bindings() noexcept {
    return bindings;
}

void for_each_udp_socket(void (*visit)(void* argument, udp_socket& s), void* argument) noexcept {
    vector<refptr<udp_socket>> all;
    usize expected = 64;
    for (;;) {
        if (!all.reserve(expected))
            return;
        usize found = 0;
        {
            sync::rcu_read_guard reading;
            bindings.for_each([&](const udp_binding& b) noexcept {
                if (found++ < all.capacity() && b.owner->try_add_ref())
                    (void)all.emplace_back(refptr<udp_socket>::adopt(b.owner));
            });
        }
        if (found <= all.capacity())
            break;
        all.clear();
        expected = found * 2;
    }
    for (auto& s : all)
        visit(argument, *s);
}

void start_udp() noexcept {
    register_protocol(protocol_udp, protocol);
    register_inet_type(type);
    register_udp_list();
}

}  // namespace osprey::net
