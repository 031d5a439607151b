// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/ipv6/header.hh>
#include <span>

namespace osprey::net {

/// Where the walk over a packet's extension headers came to.
struct extension_walk {
    enum class end : u8 {
        upper,      // a transport header: `protocol` at `offset`
        fragment,   // a fragment header at `offset`; `next_field` tells where it is announced
        no_next,    // nothing follows (RFC 8200 §4.7)
        discard,    // silently
        problem,    // ICMPv6 parameter problem `code`, at `pointer`
        cut_short,  // the headers do not end within the bytes given
    };
    end at;
    u8 protocol = 0;
    u8 code = 0;
    bool router_alert = false;
    bool fragmented = false;  // a fragment header was passed over
    u32 offset = 0;
    u32 next_field = 0;  // offset of the field that holds `protocol`
    u32 pointer = 0;
};

/// More than these, and the packet is an attack: nobody sends that many.
inline constexpr unsigned most_extension_headers = 8;
inline constexpr unsigned most_extension_options = 16;  // in one header

/// Where a walk begins: at the first header behind the IPv6 header, or behind a fragment header.
struct extension_start {
    u8 protocol;         // of what is at `offset`
    u32 offset = 0;      // in the bytes given
    u32 next_field = 0;  // offset of the field that holds `protocol`
    bool first = false;  // nothing but the IPv6 header comes before
    bool to_group = false;
};

/// Walks over the extension headers in `packet`. A fragment header ends the walk unless
/// `past_fragment` is set: then what follows a first fragment's is looked at (RFC 7112).
extension_walk walk_extensions(std::span<const u8> packet, const extension_start& start,
                               bool past_fragment) noexcept;

}  // namespace osprey::net
