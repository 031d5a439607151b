// SPDX-License-Identifier: BSD-3-Clause
// The start order of the network stack: the one place that knows it.
#include <net/groups.hh>
#include <net/icmp/icmp.hh>
#include <net/inet_family.hh>
#include <net/ipv6/icmpv6.hh>
#include <net/loopback.hh>
#include <net/netlink/netlink_socket.hh>
#include <net/start.hh>
#include <net/tcp/protocol.hh>
#include <net/unix/unix_end.hh>
#include <net/worker.hh>

namespace osprey::net {

result<void> start() noexcept {
    TRY_VOID(start_workers());
    start_icmp();
    start_icmpv6();
    start_igmp();
    start_inet_sockets();
    TRY_VOID(tcp::start());
    tcp::register_list();
    register_unix_sockets();
    register_netlink();
    return start_loopback();
}

}  // namespace osprey::net
