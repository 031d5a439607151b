// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/endian.hh>

namespace osprey::net {

/// RFC 768.
struct udp_header {
    be16 source, destination;
    be16 bytes;
    u16 checksum;  // as stored; 0: none
};
static_assert(sizeof(udp_header) == 8);

}  // namespace osprey::net
