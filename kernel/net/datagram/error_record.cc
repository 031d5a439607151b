// SPDX-License-Identifier: BSD-3-Clause
#include <net/datagram/error_record.hh>
#include <net/datagram/ip_socket_options.hh>

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

namespace {
constexpr int ip_recverr = 11, ipv6_recverr = 25;

void give_record(const extended_error& e, const socket_address& offender, bool v4,
                 control_buffer& to) noexcept {
    u8 record[sizeof e + socket_address::most_bytes];
    std::memcpy(record, &e, sizeof e);
    std::memcpy(record + sizeof e, offender.bytes, offender.length);
    to.add(v4 ? level_ip : level_ipv6, v4 ? ip_recverr : ipv6_recverr, record,
           sizeof e + offender.length);
}
}  // namespace

result<usize> give_error(const packet& record, int family, message& m) noexcept {
    usize copied = 0;
    if (record.bytes() != 0 && m.data.remaining() != 0)
        copied = TRY(record.copy_out(0, m.data, record.bytes()));
    m.told |= msg_errqueue | (copied < record.bytes() ? u32{msg_trunc} : 0);
    if (m.name)
        *m.name = from_endpoint({record.destination, record.destination_port}, family);
    if (m.control_out) {
        const bool v4 = record.destination.is_v4();
        give_record(error_of(record), from_endpoint({record.source}, v4 ? af_inet : af_inet6), v4,
                    *m.control_out);
    }
    return copied;
}

void give_zero_copies(u32 first, u32 last, int family, message& m) noexcept {
    constexpr u8 copied = 1;  // SO_EE_CODE_ZEROCOPY_COPIED
    m.told |= msg_errqueue;
    if (m.name)
        m.name->length = 0;
    if (!m.control_out)
        return;
    // Nobody is to blame: an address without a family.
    socket_address nobody = from_endpoint({}, family);
    std::memset(nobody.bytes, 0, nobody.length);
    give_record({0, error_origin_zero_copy, 0, copied, 0, first, last}, nobody, family == af_inet,
                *m.control_out);
}

}  // namespace osprey::net
