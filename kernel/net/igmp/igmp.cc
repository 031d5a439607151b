// SPDX-License-Identifier: BSD-3-Clause
// IGMPv3 and the versions before it (RFC 3376, 2236, 1112): messages of hosts.
#include <net/checksum.hh>
#include <net/ethernet.hh>
#include <net/groups.hh>
#include <net/ipv4/ipv4.hh>
#include <net/multicast.hh>
#include <net/output.hh>
#include <net/protocol.hh>

namespace osprey::net {
namespace {

enum igmp_type : u8 {
    igmp_query = 0x11,
    igmp_report1 = 0x12,
    igmp_report2 = 0x16,
    igmp_leave = 0x17,
    igmp_report3 = 0x22,
};
constexpr ip_address all_routers_v4 = ip_address::v4(0xe0000002);
constexpr ip_address igmp_routers = ip_address::v4(0xe0000016);

/// `p` has the IGMP message with an empty checksum. TTL 1 and a router alert (RFC 3376 §4, 2113).
void send(interface& i, packet_ptr p, const ip_address& destination) noexcept {
    u8* message = p->data();
    checksum sum;
    sum.add(message, p->bytes());
    const u16 field = sum.field();
    std::memcpy(message + 2, &field, sizeof field);
    constexpr u8 router_alert[4] = {0x94, 4, 0, 0};
    std::memcpy(p->push(sizeof router_alert), router_alert, sizeof router_alert);
    auto* h = reinterpret_cast<ipv4_header*>(p->push(sizeof(ipv4_header)));
    const ip_address source = i.ipv4_source({});
    *h = {};
    h->version_and_length = 0x46;
    h->traffic_class = 0xc0;
    h->total_bytes = static_cast<u16>(p->bytes());
    h->fragment = ipv4_dont_fragment;
    h->time_to_live = 1;
    h->protocol = protocol_igmp;
    h->source = source.is_v4() ? source.v4() : 0;
    h->destination = destination.v4();
    checksum header;
    header.add(h, sizeof *h + sizeof router_alert);
    h->check = header.field();
    push_ethernet(*p, group_mac(destination), i.mac(), ether_ipv4);
    transmit_frame(i, std::move(p));
}

/// Seconds/10; from 128 on a floating-point number (RFC 3376 §4.1.1).
duration delay_of(u8 code) noexcept {
    const u32 tenths = code < 128 ? code : ((code & 15u) | 16u) << ((code >> 4 & 7) + 3);
    return duration::milliseconds(tenths * 100);
}

class igmp_protocol final : public transport_protocol {
public:
    void receive(packet_ptr p) noexcept override {
        const u32 most = p->bytes() < 64 ? p->bytes() : 64;
        checksum sum;
        p->add_checksum(sum, 0, p->bytes());
        if (p->bytes() < 8 || !p->pull_up(most) || !sum.correct())
            return;
        const u8 type = *p->data();
        group_query q;
        if (type == igmp_query) {
            // Length tells the version, so the whole message counts.
            if (parse_igmp_query({p->data(), p->linear_bytes()}, q))
                heard_group_query(*p->device, q);
        } else if (type == igmp_report1 || type == igmp_report2) {
            heard_group_report(*p->device, ip_address::v4(load_big<u32>(p->data() + 4)));
        }
    }
};
constinit igmp_protocol protocol;

}  // namespace

bool parse_igmp_query(std::span<const u8> m, group_query& to) noexcept {
    if (m.size() < 8 || m[0] != igmp_query)
        return false;
    to.group = ip_address::v4(load_big<u32>(m.data() + 4));
    if (!to.group.is_any() && !to.group.is_multicast())
        return false;
    if (m.size() >= 12)
        to.version = 3;
    else if (m.size() == 8)
        to.version = m[1] == 0 ? 1 : 2;
    else
        return false;  // RFC 3376 §7.1
    to.most_delay = to.version == 3 ? delay_of(m[1]) : duration::milliseconds(m[1] * 100);
    return true;
}

void send_igmp_report(interface& i, std::span<const ip_address> groups,
                      std::span<const group_record> kinds) noexcept {
    // The packet itself holds 24 records beside the headers.
    constexpr usize at_once = 20;
    while (!groups.empty()) {
        const usize n = groups.size() < at_once ? groups.size() : at_once;
        packet_ptr p = packet::make();
        if (!p)
            return;
        u8* at = p->append(8 + 8 * n);
        std::memset(at, 0, 8 + 8 * n);
        at[0] = igmp_report3;
        store_big(at + 6, static_cast<u16>(n));
        for (usize k = 0; k < n; ++k) {
            at[8 + 8 * k] = static_cast<u8>(kinds[k]);
            store_big(at + 12 + 8 * k, groups[k].v4());
        }
        send(i, std::move(p), igmp_routers);
        groups = groups.subspan(n);
        kinds = kinds.subspan(n);
    }
}

void send_old_igmp_report(interface& i, const ip_address& group, u8 version,
                          bool leaving) noexcept {
    packet_ptr p = packet::make();
    if (!p)
        return;
    u8* at = p->append(8);
    std::memset(at, 0, 8);
    at[0] = leaving ? igmp_leave : version == 1 ? igmp_report1 : igmp_report2;
    store_big(at + 4, group.v4());
    send(i, std::move(p), leaving ? all_routers_v4 : group);
}

void start_igmp() noexcept {
    register_protocol(protocol_igmp, protocol);
}

}  // namespace osprey::net
