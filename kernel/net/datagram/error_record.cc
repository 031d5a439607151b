// SPDX-License-Identifier: BSD-3-Clause
#include <net/datagram/error_record.hh>

namespace osprey::net {

error_meaning meaning_of(const icmp_error& e) noexcept {
    using kind = icmp_error::kind;
    const bool v4 = e.destination.is_v4();
    switch (e.what) {
        case kind::port_unreachable:
            return {errc::connection_refused, true};
        case kind::protocol_unreachable:
            return v4 ? error_meaning{errc::no_protocol_option, true}
                      : error_meaning{errc::protocol_error, true};
        case kind::prohibited:
            return v4 ? error_meaning{errc::host_unreachable, true}
                      : error_meaning{errc::access_denied, true};
        case kind::too_big:
            return {errc::message_too_long, false};
        case kind::time_exceeded:
            return {errc::host_unreachable, false};
        case kind::parameter_problem:
            return {errc::protocol_error, true};
        case kind::unreachable:
            break;
    }
    // Code 0 is "no route" in both families.
    return {e.code == 0 ? errc::network_unreachable : errc::host_unreachable, false};
}

packet_ptr make_error_record(const extended_error& e, const ip_address& offender,
                             const endpoint& destination, std::span<const u8> payload) noexcept {
    packet_ptr p = packet::make();
    if (!p)
        return p;
    const usize n = payload.size() < p->tailroom() ? payload.size() : p->tailroom();
    p->append(payload.data(), n);
    static_assert(sizeof e <= sizeof p->scratch - 8);
    std::memcpy(p->scratch + 1, &e, sizeof e);
    p->source = offender;
    p->destination = destination.address;
    p->destination_port = destination.port;
    return p;
}

extended_error error_of(const packet& record) noexcept {
    extended_error e;
    std::memcpy(&e, record.scratch + 1, sizeof e);
    return e;
}

}  // namespace osprey::net
