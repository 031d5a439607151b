// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <base/vector.hh>
#include <net/interface.hh>

namespace osprey::net {

class neighbour;

/// One line of the routing table (`ip route`), of either family.
struct route_entry {
    ip_address destination;  // with `prefix` bits; `::`/0.0.0.0 with prefix 0: default
    u8 prefix = 0;
    ip_address gateway;  // any: directly reachable
    ip_address preferred_source;
    interface* device = nullptr;
    u32 metric = 0;
    u32 mtu = 0;      // 0: the interface's
    u8 scope = 0;     // RT_SCOPE_*
    u8 type = 1;      // RTN_*: unicast, local, broadcast, multicast, unreachable, blackhole…
    u8 origin = 0;    // RTPROT_*: kernel, boot, static, dhcp, ra
    u32 table = 254;  // RT_TABLE_MAIN; 255: local
    instant expires = instant::never();
};

/// @return `errc::exists`, `errc::network_unreachable` (gateway not on a link), `errc::no_process`
/// (nothing to remove, as Linux has it).
result<void> add_route(const route_entry& r) noexcept;
result<void> remove_route(const route_entry& r) noexcept;
/// All of them, in the order `ip route` shows. Context: threads.
result<vector<route_entry>> list_routes() noexcept;

/// The way to one destination, as packets of a connection use it again and again: looked up once,
/// kept by sockets, good until the tables change.
class route : public ref_counted<route> {
public:
    ip_address source;  // what a socket without a name of its own sends from
    ip_address destination;
    ip_address next_hop;
    interface* device = nullptr;
    u8 type = 1;  // RTN_LOCAL: to this machine; RTN_BROADCAST, RTN_MULTICAST…
    /// Largest IP packet: the device's, the route's, or what path MTU discovery learned.
    [[nodiscard]] u32 mtu() const noexcept { return mtu_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool still_good() const noexcept;

private:
    friend struct route_access;
    friend class ref_counted<route>;
    void last_reference_gone() noexcept;
    std::atomic<u32> mtu_{0};
    std::atomic<u32> generation_{0};
    refptr<neighbour> link_;  // null: loopback, broadcast and multicast need none
    sync::rcu_head rcu_;
};

struct route_query {
    ip_address destination;
    ip_address source;  // any: chosen by the route (RFC 6724 for IPv6)
    u32 device = 0;     // SO_BINDTODEVICE, scope of a link-local address; 0: any
};
/// @return `errc::network_unreachable`, `errc::host_unreachable`, `errc::invalid_argument`,
/// `errc::address_not_available` (source is not ours).
result<refptr<route>> find_route(const route_query& q) noexcept;
/// ICMP said "too big": remembered for the destination (RFC 1191, 8201), and kept ten minutes.
void learn_path_mtu(const ip_address& destination, u32 mtu) noexcept;
/// The neighbour answered to this destination (RFC 4861 §7.3.1: TCP made progress).
void confirm_neighbour(const route& r) noexcept;

/// What may differ from packet to packet in an IP header.
struct ip_options {
    u8 hop_limit = 64;
    u8 traffic_class = 0;
    bool dont_fragment = true;  // IPv4; larger packets fail with errc::message_too_long then
    u32 flow_label = 0;
};
/// Sends a transport packet (`data()` at the transport header, whose checksum is complete or
/// `partial`, or covers several segments by `gso`): puts IP and link headers in front, fragments or
/// segments where needed, resolves the neighbour (packets wait for it, a few), and hands it to the
/// device. Consumes the packet.
/// Context: threads; takes locks below `lock_rank::socket` only.
/// @return `errc::message_too_long`, `errc::network_down`, `errc::no_buffers`,
/// `errc::out_of_memory`. Loss behind this point is not an error.
result<void> send_ip(route& r, const ip_address& source, u8 protocol, packet_ptr p,
                     const ip_options& options = {}) noexcept;

}  // namespace osprey::net
