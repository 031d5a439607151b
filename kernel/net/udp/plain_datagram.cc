// SPDX-License-Identifier: BSD-3-Clause
#include <net/checksum.hh>
#include <net/protocol.hh>
#include <net/udp/header.hh>
#include <net/udp/plain_datagram.hh>
#include <vfs/io_buffer.hh>

namespace osprey::net {

void send_plain_datagram(const route_query& to, u16 source_port, u16 destination_port,
                         std::span<const u8> payload) noexcept {
    auto way = find_route(to);
    packet_ptr p = way ? packet::make() : nullptr;
    if (!p)
        return;
    vfs::io_buffer from{const_cast<u8*>(payload.data()), payload.size(),
                        vfs::io_buffer::memory_kind::kernel};
    if (!p->append_from(from, payload.size()))
        return;
    auto* h = reinterpret_cast<udp_header*>(p->push(sizeof(udp_header)));
    *h = {source_port, destination_port, static_cast<u16>(p->bytes()), 0};
    checksum sum;
    sum.add_pseudo_header(to.source, to.destination, protocol_udp, p->bytes());
    p->add_checksum(sum, 0, p->bytes());
    h->checksum = sum.field() == 0 ? u16{0xffff} : sum.field();
    ip_options options;
    options.dont_fragment = false;
    options.hop_limit = to.destination.is_multicast() ? 1 : 64;
    (void)send_ip(**way, to.source, protocol_udp, std::move(p), options);
}

}  // namespace osprey::net
