// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/result.hh>
#include <net/address.hh>
#include <net/route.hh>
#include <span>

namespace osprey::net {

/// setsockopt levels of IP sockets.
enum ip_level : int {
    level_ip = 0,
    level_udp = 17,
    level_ipv6 = 41,
    level_icmpv6 = 58,
    level_raw = 255
};

/// Options of ip(7) and ipv6(7) that are one number each. Where both families have the same thing
/// under names of their own, both are here: a dual-stack socket keeps them apart, as Linux does.
enum class ip_option : u8 {
    tos,
    ttl,
    mtu_discover,
    recverr,
    recvttl,
    recvtos,
    pktinfo,
    recvorigdstaddr,
    freebind,
    bind_address_no_port,
    multicast_ttl,
    multicast_loop,
    multicast_all,
    min_ttl,
    hdrincl,
    unicast_if,
    recvopts,
    tclass,
    unicast_hops,
    mtu_discover6,
    recverr6,
    recvhoplimit,
    recvtclass,
    recvpktinfo6,
    recvorigdstaddr6,
    freebind6,
    multicast_hops,
    multicast_loop6,
    multicast_all6,
    v6only,
    dontfrag,
    multicast_if6,
    unicast_if6,
    min_hops,
    autoflowlabel,
    addr_preferences,
    number
};

/// IP_PMTUDISC_*: ip(7), IP_MTU_DISCOVER.
enum class mtu_discovery : u8 { never, want, always, probe, device, omit };
constexpr bool uses_device_mtu(mtu_discovery how) noexcept {
    return how >= mtu_discovery::probe;
}
constexpr bool heeds_routers(mtu_discovery how) noexcept {
    return how < mtu_discovery::device;
}

/// The values of one socket. Reading is one load; any thread.
class ip_socket_options {
public:
    ip_socket_options() noexcept;

    [[nodiscard]] i32 get(ip_option o) const noexcept {
        return values_[static_cast<usize>(o)].load(std::memory_order_relaxed);
    }
    void set(ip_option o, i32 value) noexcept {
        values_[static_cast<usize>(o)].store(value, std::memory_order_relaxed);
        // All that makes receive(2) look for ancillary data.
        wants_control_.store(wants_any(), std::memory_order_relaxed);
    }
    /// Does the application want ancillary data of any kind?
    [[nodiscard]] bool wants_control() const noexcept {
        return wants_control_.load(std::memory_order_relaxed);
    }

    /// setsockopt(2), getsockopt(2) of levels IP and IPv6. @return `errc::no_protocol_option`: not
    /// one of these; `errc::invalid_argument`, `errc::no_device`.
    result<void> set(int level, int option, std::span<const u8> value) noexcept;
    result<usize> get(int level, int option, std::span<u8> value) const noexcept;

    /// Those of a listening socket, for what it accepts.
    void copy_from(const ip_socket_options& other) noexcept;

    /// How a packet to `destination` is to be sent, as far as the socket says.
    [[nodiscard]] ip_options sending(const ip_address& destination) const noexcept;

    /// IP_MULTICAST_IF
    std::atomic<u32> multicast_device{0};
    std::atomic<u32> multicast_source{0};  // host order

private:
    [[nodiscard]] bool wants_any() const noexcept;
    std::atomic<i32> values_[static_cast<usize>(ip_option::number)];
    std::atomic<bool> wants_control_{false};
};

/// Puts a number where getsockopt(2) wants it: four bytes, or one if there is no more room and the
/// value fits (as Linux does for IPv4).
usize give_number(std::span<u8> value, i32 number, bool short_form) noexcept;
/// A number of setsockopt(2). @return `errc::invalid_argument`.
result<i32> take_number(std::span<const u8> value, bool short_form) noexcept;

}  // namespace osprey::net
