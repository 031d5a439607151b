// SPDX-License-Identifier: BSD-3-Clause
// The start order of the network stack: the one place that knows it.
#include <net/icmp/icmp.hh>
#include <net/loopback.hh>
#include <net/start.hh>
#include <net/tcp/protocol.hh>
#include <net/worker.hh>

namespace osprey::net {

result<void> start() noexcept {
    TRY_VOID(start_workers());
    start_icmp();
    TRY_VOID(tcp::start());
    return start_loopback();
}

}  // namespace osprey::net
