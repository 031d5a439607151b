// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/tcp/connection.hh>
#include <net/tcp/flow_key.hh>

namespace osprey::net::tcp {

/// What is left of a connection in TIME_WAIT, or in FIN_WAIT_2 when nobody will read any more: just
/// enough to answer what still arrives (RFC 9293 §3.10.7.4, 1337, 6191). A tenth of a connection's
/// size, since there may be very many.
struct last_state {
    sequence_number send_next = 0, receive_next = 0;
    u32 window = 0;  // as offered last
    u32 recent_timestamp = 0, timestamp_offset = 0;
    u8 scale = 0;
    bool timestamps = false;
    bool waits_for_fin = false;  // FIN_WAIT_2

    static last_state of(const connection& c) noexcept;

    enum class verdict : u8 {
        drop,
        acknowledge,  // with `make_acknowledgement`, and the time begins anew
        answer,       // the same, but the time goes on
        reset,        // there is data that nobody will read: answer with a reset, and forget
        forget,       // a reset ended it
        reopen,       // a new connection may begin, at `reopening_sequence()`
    };
    [[nodiscard]] verdict look(const segment& s) noexcept;
    /// Behind everything that this connection has sent.
    [[nodiscard]] sequence_number reopening_sequence() const noexcept {
        return send_next + 65535 + 2;
    }
    [[nodiscard]] packet_ptr make_acknowledgement(const flow_key& f, u32 timestamp) const noexcept;
};

}  // namespace osprey::net::tcp
