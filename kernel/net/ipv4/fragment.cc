// SPDX-License-Identifier: BSD-3-Clause
#include <net/ethernet.hh>
#include <net/ipv4/ipv4.hh>
#include <net/statistics.hh>

namespace osprey::net {

result<void> send_ipv4_fragments(route& r, const ip_address& source, u8 protocol, packet& p,
                                 const ip_options& options) noexcept {
    p.complete_checksum();  // no device can do it over several packets
    const u32 room = (r.mtu() - static_cast<u32>(sizeof(ipv4_header))) & ~7u;
    const u16 id = next_ipv4_id(source, r.destination);
    for (u32 offset = 0; offset < p.bytes(); offset += room) {
        const u32 left = p.bytes() - offset;
        const bool last = left <= room;
        packet_ptr piece = p.slice(offset, last ? left : room);
        if (!piece) {
            count(statistic::ip_fragmentation_failures);
            return errc::out_of_memory;
        }
        const auto field = static_cast<u16>(offset / 8 | (last ? 0 : ipv4_more_fragments));
        push_ipv4_header(*piece, source, r.destination, protocol, options, id, field);
        TRY_VOID(send_on_link(r, std::move(piece), ether_ipv4));
        count(statistic::ip_fragments_created);
    }
    count(statistic::ip_fragmented);
    return ok;
}

}  // namespace osprey::net
