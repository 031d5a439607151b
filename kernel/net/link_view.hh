// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>

namespace osprey::net {

/// What Linux tells of an interface beyond what it keeps: for netlink, ioctls and /sys/class/net.
struct link_view {
    explicit link_view(const interface& i) noexcept
        : hardware_type{static_cast<u16>(i.is_loopback() ? 772 : 1)},
          flags{i.flags() | (i.can_send() ? u32{if_lower_up} : 0)},
          queue_length{1000},
          carrier{i.can_send()},
          operational_state{static_cast<u8>(i.is_loopback() ? 0
                                            : carrier       ? 6
                                                            : 2)},
          least_mtu{i.is_loopback() ? 0u : 68u},
          most_mtu{i.is_loopback() ? 0u : 65535u},
          broadcast{i.is_loopback() ? mac_address{} : mac_address::broadcast()},
          queueing{i.is_loopback() ? "noqueue" : "pfifo_fast"} {}

    /// "unknown", "down", "up" (RFC 2863), as sysfs writes it.
    [[nodiscard]] std::string_view state_name() const noexcept {
        return operational_state == 0 ? "unknown" : operational_state == 6 ? "up" : "down";
    }

    u16 hardware_type;  // ARPHRD_ETHER, ARPHRD_LOOPBACK
    u32 flags;          // with IFF_LOWER_UP
    u32 queue_length;   // packets, as ifconfig shows it
    bool carrier;
    u8 operational_state;  // IF_OPER_*
    u32 least_mtu, most_mtu;
    mac_address broadcast;
    std::string_view queueing;
};

}  // namespace osprey::net
