// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/heap.hh>
#include <base/result.hh>
#include <net/address.hh>
#include <sync/mutex.hh>
#include <sync/rcu.hh>

namespace osprey::net {

class udp_socket;

/// What one socket receives. Immutable but for its links: a socket that changes its names gets a
/// new one, so that readers under RCU never see half of a change.
struct udp_binding {
    endpoint local;
    endpoint remote;  // of a connected socket
    bool connected = false;
    bool v4 = false, v6 = false;  // families that it takes
    bool reuse_port = false;      // shares its flows with others of the same name
    bool reuse_address = false;
    u32 device = 0;  // SO_BINDTODEVICE
    udp_socket* owner = nullptr;

    std::atomic<udp_binding*> next_by_port{nullptr};
    std::atomic<udp_binding*> next_by_flow{nullptr};
    sync::rcu_head rcu;
};

/// The question that a packet asks.
struct udp_flow {
    ip_address source, destination;
    u16 source_port, destination_port;
    u32 device;  // where it came in
    u32 hash;    // of the flow, for SO_REUSEPORT
};

/// Finds the socket for a datagram. Look-ups are under RCU and take no lock; changes take a mutex.
///
/// Connected sockets are found by their 4-tuple in one table, all others by their port in another,
/// where the most specific binding wins: address before wildcard, device before any.
class udp_table {
public:
    constexpr udp_table() noexcept = default;

    /// Ports are free to take unless `b` conflicts with another binding (`may_share` decides).
    /// With `local.port` 0 a random free port of `first`…`last` is taken and stored.
    /// @return `errc::address_in_use`, `errc::out_of_memory`, `errc::again` (no free port).
    /// `reuse_address`: SO_REUSEADDR of the socket that binds.
    result<void> insert(udp_binding& b, bool reuse_address, u16 first, u16 last,
                        u32 random) noexcept;
    /// Puts `b` where `old`, of the same socket and port, was. `old` is freed after a grace period.
    void replace(udp_binding& old, udp_binding& b) noexcept;
    /// Takes it out; freed after a grace period.
    void remove(udp_binding& b) noexcept;

    /// The socket for one datagram. Under RCU.
    [[nodiscard]] const udp_binding* find(const udp_flow& f) const noexcept;
    /// Every binding that a datagram to many is for. Under RCU.
    template <typename F>
    void for_each_member(const udp_flow& f, F&& visit) const noexcept {
        for (const udp_binding* b = first_of_port(f.destination_port); b;
             b = b->next_by_port.load(std::memory_order_acquire))
            if (b->local.port == f.destination_port && accepts_many(*b, f))
                visit(*b);
    }
    /// All bindings, for /proc/net/udp. Under RCU.
    template <typename F>
    void for_each(F&& visit) const noexcept {
        const buckets* t = ports_.load(std::memory_order_acquire);
        for (usize i = 0; t && i < bucket_count; ++i)
            for (const udp_binding* b = t->heads[i].load(std::memory_order_acquire); b;
                 b = b->next_by_port.load(std::memory_order_acquire))
                visit(*b);
    }

private:
    static constexpr usize bucket_count = 1024;
    struct buckets {
        std::atomic<udp_binding*> heads[bucket_count]{};
    };
    static usize port_bucket(u16 port) noexcept { return port % bucket_count; }
    static usize flow_bucket(const ip_address& local, u16 local_port, const ip_address& remote,
                             u16 remote_port) noexcept;
    [[nodiscard]] const udp_binding* first_of_port(u16 port) const noexcept {
        const buckets* t = ports_.load(std::memory_order_acquire);
        return t ? t->heads[port_bucket(port)].load(std::memory_order_acquire) : nullptr;
    }
    [[nodiscard]] const udp_binding* find_connected(const udp_flow& f) const noexcept;
    static int score(const udp_binding& b, const udp_flow& f) noexcept;
    static bool accepts_many(const udp_binding& b, const udp_flow& f) noexcept;
    static bool may_share(const udp_binding& a, bool reuse_a, const udp_binding& b) noexcept;
    [[nodiscard]] bool conflicts(const udp_binding& b, bool reuse_address) const noexcept;
    result<void> make_tables() noexcept;
    void link(udp_binding& b) noexcept;
    void unlink(udp_binding& b) noexcept;

    sync::mutex mutex_{sync::lock_rank::network_configuration};
    std::atomic<buckets*> ports_{nullptr};
    std::atomic<buckets*> flows_{nullptr};
};

}  // namespace osprey::net
