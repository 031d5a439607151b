// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/refptr.hh>
#include <base/vector.hh>
#include <cstring>
#include <net/interface.hh>
#include <net/packet.hh>

namespace osprey::net {

/// NUD_* of Linux; the states of RFC 4861 §7.3.2 and those of administration.
enum class neighbour_state : u8 {
    none = 0,
    incomplete = 0x01,  // asked; packets wait
    reachable = 0x02,
    stale = 0x04,  // known, but is he still there?
    delay = 0x08,  // in use again: wait for a sign of life
    probe = 0x10,  // asked him directly
    failed = 0x20,
    permanent = 0x80,
};

/// A neighbour as lists show it (`ip neigh`, /proc/net/arp).
struct neighbour_entry {
    interface* device = nullptr;
    ip_address address;
    mac_address mac;
    neighbour_state state{};
    bool router = false;
};

/// The machine (or router) with one IP address at the other end of a link: its link address, how
/// sure we are of it, and the packets that wait for it. One cache serves ARP (RFC 826) and NDP
/// (RFC 4861); changes of state take `lock_rank::network_neighbours`.
class neighbour : public ref_counted<neighbour> {
public:
    neighbour(interface& device, const ip_address& address) noexcept
        : device_{device}, address_{address} {}

    [[nodiscard]] interface& device() const noexcept { return device_; }
    [[nodiscard]] const ip_address& address() const noexcept { return address_; }

    /// The link address when packets may go at once, in one load; its top byte is then not zero.
    /// Zero: `send` knows what to do.
    [[nodiscard]] u64 ready() const noexcept { return ready_.load(std::memory_order_relaxed); }
    static mac_address mac_of(u64 ready) noexcept {
        mac_address m;
        std::memcpy(m.bytes, &ready, sizeof m.bytes);
        return m;
    }
    /// Sends the packet, which begins with its IP header, when that is possible: now, or after the
    /// neighbour has answered. A few packets wait, then the oldest is dropped.
    /// Context: threads.
    void send(packet_ptr p, u16 ether_type) noexcept;
    /// A sign of life from above (RFC 4861 §7.3.1): one load and, seldom, one store.
    void confirm() noexcept {
        if (!confirmed_.load(std::memory_order_relaxed))
            confirmed_.store(true, std::memory_order_relaxed);
    }

private:
    friend struct neighbour_access;
    friend class ref_counted<neighbour>;
    void last_reference_gone() noexcept;

    interface& device_;
    const ip_address address_;
    std::atomic<u64> ready_{0};
    std::atomic<bool> confirmed_{false};

    // Guarded by the cache's mutex.
    neighbour_state state_ = neighbour_state::none;
    bool router_ = false;
    bool listed_ = true;
    u8 asked_ = 0;  // times, in `incomplete` and `probe`
    mac_address mac_;
    instant deadline_ = instant::never();  // when the state has to be looked at
    instant used_;                         // last time it became ready or was asked for
    packet_list waiting_;

    std::atomic<neighbour*> next_{nullptr};  // in its bucket
    sync::rcu_head rcu_;
};

/// Finds it, or makes an entry that nobody has asked for yet.
/// @return `errc::out_of_memory`, `errc::no_buffers` (the cache is full of busy ones).
/// Context: threads.
result<refptr<neighbour>> find_neighbour(interface& device, const ip_address& address) noexcept;

/// What a message of ARP or NDP said about its sender.
enum class neighbour_news : u8 {
    request,       // he asks us: he is there (a solicitation); makes an entry
    answer,        // he answered our question (solicited advertisement)
    announcement,  // he tells everybody (unsolicited advertisement, gratuitous ARP)
};
struct neighbour_message {
    ip_address address;
    mac_address mac;
    bool has_mac = true;
    neighbour_news news{};
    bool override = true;  // the address replaces another one that we know (RFC 4861 §7.2.5)
    bool router = false;
};
/// RFC 4861 §7.2.3 and §7.2.5. Context: threads.
void heard_from_neighbour(interface& device, const neighbour_message& m) noexcept;

/// By hand (`ip neigh add`): permanent, or reachable for a while. @return as `find_neighbour`.
result<void> set_neighbour(interface& device, const ip_address& address, mac_address mac,
                           neighbour_state state) noexcept;
/// @return `errc::no_entry`.
result<void> remove_neighbour(interface& device, const ip_address& address) noexcept;
/// Removes all of a device.
void forget_neighbours(interface& device) noexcept;
result<vector<neighbour_entry>> list_neighbours() noexcept;

}  // namespace osprey::net
