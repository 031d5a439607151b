// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <base/vector.hh>
#include <net/interface.hh>

namespace osprey::net {

class neighbour;

/// RT_SCOPE_* of Linux: how far away the destination is.
enum route_scope : u8 { scope_universe = 0, scope_link = 253, scope_host = 254 };
/// RTN_* of Linux.
enum route_type : u8 {
    route_unicast = 1,
    route_local = 2,
    route_broadcast = 3,
    route_multicast = 5,
    route_blackhole = 6,
    route_unreachable = 7,
    route_prohibit = 8,
};
/// RTPROT_* of Linux: who made it.
enum route_origin : u8 {
    origin_redirect = 1,
    origin_kernel = 2,
    origin_boot = 3,
    origin_static = 4,
    origin_ra = 9,
    origin_dhcp = 16,
};
/// RT_TABLE_* of Linux. There are no others.
enum route_table_number : u8 { table_main = 254, table_local = 255 };

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

/// @return `errc::exists`, `errc::network_unreachable` (gateway not on a link),
/// `errc::network_down` (its device), `errc::invalid_argument`, `errc::not_supported` (other
/// tables), `errc::no_process` (nothing to remove, as Linux has it). What is left empty in the
/// entry to remove fits all.
result<void> add_route(const route_entry& r) noexcept;
result<void> remove_route(const route_entry& r) noexcept;
/// Removes all for which `unwanted` says so: of an address or a device that went away.
void remove_routes_if(bool (*unwanted)(const route_entry& r, const void* context) noexcept,
                      const void* context) noexcept;
/// All of them, in the order `ip route` shows. Context: threads.
result<vector<route_entry>> list_routes() noexcept;

/// Counts the changes of what routes are made from.
inline constinit std::atomic<u32> route_generation{1};
/// Makes everybody look his routes up again.
inline void forget_routes() noexcept {
    route_generation.fetch_add(1, std::memory_order_release);
}

/// The way to one destination, as packets of a connection use it again and again: looked up once,
/// kept by sockets, good until the tables change.
class route : public ref_counted<route> {
public:
    ~route();

    ip_address source;  // what a socket without a name of its own sends from
    ip_address destination;
    ip_address next_hop;
    interface* device = nullptr;
    u8 type = 1;  // RTN_LOCAL: to this machine; RTN_BROADCAST, RTN_MULTICAST…
    /// Largest IP packet: the device's, the route's, or what path MTU discovery learned.
    [[nodiscard]] u32 mtu() const noexcept { return mtu_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool still_good() const noexcept {
        return generation_ == route_generation.load(std::memory_order_relaxed);
    }
    /// The neighbour that packets go to. Null: loopback, broadcast and multicast need none.
    [[nodiscard]] neighbour* link() const noexcept { return link_.get(); }
    [[nodiscard]] bool is_local() const noexcept { return type == route_local; }

private:
    friend struct route_access;
    friend class ref_counted<route>;
    route() noexcept;
    void last_reference_gone() noexcept;
    std::atomic<u32> mtu_{0};
    u32 generation_ = 0;
    refptr<neighbour> link_;
    sync::rcu_head rcu_;
};

/// What `a` is to this machine: `route_local`, `route_broadcast`, `route_multicast`, else
/// `route_unicast`. For bind(2) and for what comes in. Context: any thread, RCU inside.
u8 address_type(const ip_address& a) noexcept;

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
    bool dont_fragment = true;      // IPv4; larger packets fail with errc::message_too_long then
    bool refuse_fragments = false;  // the same without saying so to routers
    bool device_mtu = false;        // what routers said of the path does not count
    bool loop = true;               // multicast: members on this machine get a copy
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
/// The last part of `send_ip`, for both families: `p` begins with its IP header and fits the MTU
/// (or is to be segmented). Puts the link header in front, or lets the packet wait for the
/// neighbour. Same context and errors.
result<void> send_on_link(route& r, packet_ptr p, u16 ether_type) noexcept;

}  // namespace osprey::net
