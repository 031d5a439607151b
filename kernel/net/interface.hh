// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/result.hh>
#include <base/vector.hh>
#include <net/change.hh>
#include <net/packet.hh>
#include <span>
#include <string_view>
#include <sync/mutex.hh>
#include <sync/rcu.hh>

namespace osprey::net {

/// IFF_* of Linux, as `ip link` shows them.
enum interface_flags : u32 {
    if_up = 0x1,
    if_broadcast = 0x2,
    if_loopback = 0x8,
    if_running = 0x40,
    if_noarp = 0x80,
    if_promiscuous = 0x100,
    if_all_multicast = 0x200,
    if_multicast = 0x1000,
    if_lower_up = 0x10000,
};

/// What a device can do for the stack. What it cannot, the stack does before `transmit`.
struct offloads {
    bool checksum = false;  // checksum_state::partial on transmit
    bool tso4 = false, tso6 = false, udp_gso = false;
    bool scatter = false;  // fragments
};

/// IFA_F_* of Linux.
enum address_flags : u32 {
    address_secondary = 0x01,
    address_no_dad = 0x02,
    address_dad_failed = 0x08,
    address_deprecated = 0x20,
    address_tentative = 0x40,
    address_permanent = 0x80,
    address_no_prefix_route = 0x200,
};

/// Counters of one CPU; `interface::totals` adds them up. rtnl_link_stats64.
struct alignas(64) interface_counters {
    u64 received_packets, received_bytes, received_errors, received_dropped, received_multicast;
    u64 sent_packets, sent_bytes, sent_errors, sent_dropped;
};

/// One address of an interface (`ip addr`).
struct interface_address {
    ip_address address;
    ip_address broadcast;  // IPv4 only
    u8 prefix = 0;         // in the family's own bits
    u8 scope = 0;          // RT_SCOPE_*
    u32 flags = 0;         // IFA_F_*: tentative, permanent, deprecated…
    instant preferred_until = instant::never(), valid_until = instant::never();
};

/// A way out of the machine, or back into it. Drivers derive from it. Interfaces live for ever;
/// their addresses and flags change.
class interface {
public:
    interface(const interface&) = delete;

    [[nodiscard]] u32 index() const noexcept { return index_; }  // 1 is lo
    [[nodiscard]] std::string_view name() const noexcept { return name_; }
    [[nodiscard]] mac_address mac() const noexcept { return mac_; }
    [[nodiscard]] u32 mtu() const noexcept { return mtu_.load(std::memory_order_relaxed); }
    [[nodiscard]] u32 flags() const noexcept { return flags_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool is_loopback() const noexcept { return flags() & if_loopback; }
    [[nodiscard]] bool can_send() const noexcept {
        constexpr u32 wanted = if_up | if_running;
        return (flags() & wanted) == wanted;
    }
    [[nodiscard]] const offloads& can() const noexcept { return offloads_; }
    [[nodiscard]] interface_counters totals() const noexcept;

    /// Sends a complete link-layer packet; consumes it. What the device cannot do (checksum,
    /// segmentation) has been done. A full queue drops and counts; never waits for the device.
    /// Context: threads; may take mutexes below `lock_rank::network_device`.
    virtual void transmit(packet_ptr p) noexcept = 0;
    /// Changes of mtu, flags (up, promiscuous) and the receive filter reach the driver here, which
    /// hands on to the base's functions what it accepts: they store and tell everybody.
    /// @return `errc::invalid_argument`, `errc::not_supported`.
    virtual result<void> set_mtu(u32 bytes) noexcept;
    virtual result<void> set_mac(mac_address a) noexcept;
    virtual void receive_filter_changed() noexcept {}
    /// Link speed in Mbit/s, 0: unknown.
    [[nodiscard]] virtual u32 speed() const noexcept { return 0; }

    /// Brings it up or down: flags, routes, and notifications to netlink.
    result<void> set_up(bool up) noexcept;
    /// The driver says whether there is a carrier. Context: threads.
    void set_link(bool up) noexcept;
    /// Changes flags that the driver has to know (promiscuous, all multicast).
    void set_flags(u32 set, u32 clear) noexcept;

    /// Addresses. Adding one makes the routes that belong to it (the local one, the prefix's, and
    /// broadcast of IPv4), removing it takes them away.
    result<void> add_address(const interface_address& a) noexcept;  // errc::exists
    result<void> remove_address(const ip_address& a) noexcept;      // errc::address_not_available
    /// New flags and life times of an address. @return `errc::address_not_available`.
    result<void> update_address(const interface_address& a) noexcept;
    /// Calls `visit(const interface_address&)` for each, under RCU: it may not sleep.
    template <typename F>
    void for_each_address(F&& visit) const noexcept {
        sync::rcu_read_guard reading;
        if (const address_table* t = addresses_.read())
            for (const interface_address& a : t->entries)
                visit(a);
    }
    [[nodiscard]] bool has_address(const ip_address& a) const noexcept;
    /// Is it the broadcast address of one of its IPv4 networks?
    [[nodiscard]] bool is_broadcast(const ip_address& a) const noexcept;
    /// The first IPv4 address of the interface, or the one in the network of `towards`.
    /// @return any: there is none.
    [[nodiscard]] ip_address ipv4_source(const ip_address& towards) const noexcept;

    /// What the driver calls for each frame that came in, from its receive thread: `data()` is
    /// at the link header. Classification only; see docs/network.md.
    void receive(packet_ptr p) noexcept;

protected:
    interface(mac_address mac, u32 mtu, u32 flags, offloads can) noexcept
        : mac_{mac}, mtu_{mtu}, flags_{flags}, offloads_{can} {}
    ~interface() = default;
    [[nodiscard]] interface_counters& counters() noexcept;  // of this CPU
    /// A driver that learns late what its device can do, before `register_interface`.
    void set_offloads(const offloads& can) noexcept { offloads_ = can; }

private:
    friend result<void> register_interface(interface& i, std::string_view name_pattern) noexcept;
    struct address_table : sync::rcu_head {
        vector<interface_address> entries;
    };
    template <typename Edit>
    result<void> edit_addresses(Edit&& edit) noexcept;
    void add_address_routes(const interface_address& a) noexcept;
    void remove_address_routes(const interface_address& a) noexcept;
    u32 index_ = 0;
    char name_storage_[16] = {};
    std::string_view name_;
    mac_address mac_;
    std::atomic<u32> mtu_;
    std::atomic<u32> flags_;
    offloads offloads_;
    sync::rcu_pointer<address_table> addresses_;
    sync::mutex changes_{sync::lock_rank::network_configuration};
    interface_counters* counters_ = nullptr;  // one for each CPU
    std::atomic<u32> first_ipv4_{0};          // the commonest question of the receive path
};

/// Somebody wants the time of arrival in packets (SO_TIMESTAMP): counted.
inline constinit std::atomic<u32> timestamp_users{0};

/// Gives the interface a name ("eth{}" takes the next number) and an index and makes it known.
result<void> register_interface(interface& i, std::string_view name_pattern) noexcept;
/// @return null: none. Interfaces live for ever, so the pointer stays good.
interface* find_interface(u32 index) noexcept;
interface* find_interface(std::string_view name) noexcept;
/// In order of index; null ends. for (auto* i = first_interface(); i; i = next_interface(*i))
interface* first_interface() noexcept;
interface* next_interface(const interface& i) noexcept;

}  // namespace osprey::net
