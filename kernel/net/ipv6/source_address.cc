// SPDX-License-Identifier: BSD-3-Clause
// Default address selection for sources (RFC 6724 §5).
#include <bit>
#include <net/ipv6/header.hh>
#include <net/ipv6/ipv6.hh>

namespace osprey::net {
namespace {

/// The scope of an address in terms of multicast scopes (§3.1).
u8 scope_of(const ip_address& a) noexcept {
    if (a.is_multicast())
        return multicast_scope(a);
    if (a.is_link_local() || a.is_loopback())
        return 2;
    return a.high() >> 54 == 0x3fb ? u8{5} : u8{14};  // fec0::/10 was site-local
}

/// Labels of the default policy table (§2.1).
u8 label_of(const ip_address& a) noexcept {
    if (a.is_loopback())
        return 0;
    if (a.is_v4())
        return 4;
    if (a.high() == 0 && a.low() >> 32 == 0)
        return 3;
    const u64 h = a.high();
    if (h >> 48 == 0x2002)
        return 2;
    if (h >> 32 == 0x20010000)
        return 5;
    if (h >> 57 == 0xfc >> 1)
        return 13;
    if (h >> 54 == 0x3fb)
        return 11;
    return h >> 48 == 0x3ffe ? u8{12} : u8{1};
}

unsigned common_bits(const ip_address& a, const ip_address& b, unsigned most) noexcept {
    const u64 high = a.high() ^ b.high();
    unsigned n = static_cast<unsigned>(std::countl_zero(high));
    if (high == 0)
        n = 64 + static_cast<unsigned>(std::countl_zero(a.low() ^ b.low()));
    return n < most ? n : most;
}

struct candidate {
    ip_address address;
    u8 prefix = 0;
    bool deprecated = false;
    bool on_device = false;
};

/// Is `a` better than `b`? Rules 1, 2, 3, 5, 6 and 8; 4 and 7 are about mobile nodes and temporary
/// addresses, which are not made here.
bool better(const candidate& a, const candidate& b, const ip_address& to) noexcept {
    if ((a.address == to) != (b.address == to))
        return a.address == to;
    const u8 sa = scope_of(a.address), sb = scope_of(b.address), wanted = scope_of(to);
    if (sa != sb)
        return sa < sb ? sa >= wanted : sb < wanted;
    if (a.deprecated != b.deprecated)
        return !a.deprecated;
    if (a.on_device != b.on_device)
        return a.on_device;
    const u8 label = label_of(to);
    const bool la = label_of(a.address) == label, lb = label_of(b.address) == label;
    if (la != lb)
        return la;
    return common_bits(a.address, to, a.prefix) > common_bits(b.address, to, b.prefix);
}

void consider(const interface& i, const interface& out, const ip_address& to,
              candidate& best) noexcept {
    i.for_each_address([&](const interface_address& a) noexcept {
        if (a.address.is_v4() || (a.flags & (address_tentative | address_dad_failed)))
            return;
        const candidate c{a.address, a.prefix, (a.flags & address_deprecated) != 0, &i == &out};
        if (best.address.is_any() || better(c, best, to))
            best = c;
    });
}

}  // namespace

ip_address select_source_address(const interface& out, const ip_address& destination) noexcept {
    candidate best;
    consider(out, out, destination, best);
    // What does not leave the link needs an address of that link (§4).
    const bool one_link = destination.is_link_local() ||
                          (destination.is_multicast() && multicast_scope(destination) <= 2);
    if (!one_link)
        for (interface* i = first_interface(); i; i = next_interface(*i))
            if (i != &out && (i->flags() & if_up) &&
                (!i->is_loopback() || destination.is_loopback()))
                consider(*i, out, destination, best);
    return best.address;
}

}  // namespace osprey::net
