// SPDX-License-Identifier: BSD-3-Clause
// What recvmsg(MSG_ERRQUEUE) tells (ip(7), IP_RECVERR).
#include <net/datagram/error_record.hh>
#include <net/datagram/ip_socket_options.hh>

namespace osprey::net {

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
