// SPDX-License-Identifier: BSD-3-Clause
#include <net/inet_family.hh>
#include <net/protocol.hh>
#include <net/tcp/neglect.hh>
#include <net/tcp/protocol.hh>

namespace osprey::net::tcp {

namespace {
constinit inet_type streams{.type = sock_stream,
                            .protocol = protocol_tcp,
                            .is_default = true,
                            .v4 = true,
                            .v6 = true,
                            .create = make_socket};
}

result<void> start() noexcept {
    TRY_VOID(start_receiving());
    TRY_VOID(start_caretaker());
    register_inet_type(streams);
    return ok;
}

}  // namespace osprey::net::tcp
