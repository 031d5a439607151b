// SPDX-License-Identifier: BSD-3-Clause
#include <net/inet_family.hh>
#include <net/packet_socket/packet_socket.hh>
#include <net/raw/ping.hh>
#include <net/raw/raw.hh>
#include <net/udp/udp.hh>

namespace osprey::net {

namespace {
constinit const inet_type* types = nullptr;

result<refptr<socket>> create_inet(int family, int type, int protocol, u32 flags) noexcept {
    if (protocol < 0 || protocol > 262)
        return errc::invalid_argument;
    const inet_type* fallback = nullptr;
    bool type_known = false;
    for (const inet_type* t = types; t; t = t->next) {
        if (t->type != type)
            continue;
        type_known = true;
        if (!(family == af_inet ? t->v4 : t->v6))
            continue;
        if (t->protocol == inet_type::any_protocol)
            fallback = protocol != 0 ? t : fallback;
        else if (t->protocol == protocol || (protocol == 0 && t->is_default))
            return t->create(family, t->protocol, flags);
    }
    if (fallback)
        return fallback->create(family, protocol, flags);
    return type_known ? errc::protocol_not_supported : errc::socket_type_not_supported;
}

constexpr family_operations inet{
    .family = af_inet,
    .create = [](int type, int protocol,
                 u32 flags) noexcept { return create_inet(af_inet, type, protocol, flags); },
    .create_pair = nullptr};
constexpr family_operations inet6{
    .family = af_inet6,
    .create = [](int type, int protocol,
                 u32 flags) noexcept { return create_inet(af_inet6, type, protocol, flags); },
    .create_pair = nullptr};
}  // namespace

void register_inet_type(inet_type& t) noexcept {
    t.next = types;
    types = &t;
}

void start_inet_sockets() noexcept {
    register_family(inet);
    register_family(inet6);
    start_udp();
    start_raw();
    start_ping();
    start_packet_sockets();
}

}  // namespace osprey::net
