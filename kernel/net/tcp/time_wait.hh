// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/intrusive_list.hh>
#include <net/tcp/endpoint.hh>
#include <net/tcp/last_state.hh>

namespace osprey::net::tcp {

/// What stands in the table of flows for a connection that has ended here, for a minute.
class time_wait final : public flow {
public:
    time_wait() noexcept : flow{kind::time_wait} {}
    ~time_wait() override;

    /// A packet for it: answers what has to be answered.
    /// @return the packet if it opens a new connection: `start` is where its numbers have to begin;
    /// this flow is gone then. Context: threads.
    packet_ptr input(packet_ptr p, sequence_number& start) noexcept;
    /// For connect(2): may its pair of ends be used again (RFC 6191, tcp_tw_reuse)? It was idle for
    /// more than a second and timestamps tell old segments from new ones.
    [[nodiscard]] bool reusable(instant now) const noexcept;
    [[nodiscard]] sequence_number reopening_sequence() const noexcept {
        return last.reopening_sequence();
    }
    /// What it is, for lists: the state, and when it ends.
    [[nodiscard]] state current(instant& ends) const noexcept;
    /// Takes it out of the table, before its time. @return whether it was there.
    bool remove() noexcept;

    last_state last;  // `mutex` of the ring guards it
    instant expires{};
    u32 device = 0;
    binding* held = nullptr;
    list_hook hook;  // by expiry
    u8 hop_limit = 64, family = 2;
};

/// Puts a `time_wait` (or FIN_WAIT_2) in the place of the endpoint in the table.
/// @return false: there is no memory, or there are too many: the endpoint stays where it is.
/// Context: the endpoint is locked.
bool leave_last_state(endpoint_state& e, const connection& c) noexcept;

}  // namespace osprey::net::tcp
