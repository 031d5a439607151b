// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/interface.hh>
#include <net/tap.hh>

namespace osprey::net {

/// struct sockaddr_ll
struct link_address {
    u16 family;
    be16 protocol;
    i32 device;
    u16 hardware;  // ARPHRD_*
    u8 kind;       // PACKET_*
    u8 length;
    u8 address[8];
};
static_assert(sizeof(link_address) == 20);
link_address link_address_of(const interface& i, u16 protocol, packet_direction d,
                             const mac_address& from) noexcept;

}  // namespace osprey::net
