// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/tcp/connection.hh>
#include <net/tcp/flow_key.hh>

namespace osprey::net::tcp {

// The listener's side of a handshake, before there is a connection; nothing here keeps state.

/// What a SYN asks for and the settings allow.
handshake answer_syn(const segment& syn, const settings& s, bool v4) noexcept;
/// The SYN-ACK that says so. `timestamp`: our clock without the offset of `h`.
/// @return null: out of memory.
packet_ptr make_syn_ack(const flow_key& f, const handshake& h, const settings& s, u32 mtu,
                        u32 timestamp) noexcept;
/// Whether the segment completes the handshake: it acknowledges our SYN, and lies in the window.
bool completes(const handshake& h, const segment& s) noexcept;

/// SYN cookies (D. J. Bernstein, 1996; RFC 4987 §3.6): when a backlog is full, everything that a
/// handshake needs is in the numbers of the SYN-ACK, and comes back with the acknowledgement.
/// 24 bits of keyed hash, 5 of time (64 s each), 3 for the MSS; what options need is in the low
/// bits of the timestamp, if the peer sent one.
class syn_cookie {
public:
    /// Changes `h` to what a cookie can hold, and sets `h.local_start` and, with timestamps, the
    /// `timestamp` to send.
    static void make(const hash_key& key, const flow_key& f, handshake& h, u64 now_ns,
                     u32& timestamp) noexcept;
    /// @return whether `s` answers a cookie of the last two minutes; `h` is what was agreed then.
    /// `s.options` are those of the acknowledgement.
    static bool check(const hash_key& key, const flow_key& f, const segment& s, const settings& set,
                      u64 now_ns, u32 timestamp_offset, handshake& h) noexcept;
};

// Answers that need no connection.
/// A reset for a segment that belongs to none (RFC 9293 §3.10.7.1); null for resets and when out of
/// memory. `p` is what `s` was taken from: the answer goes back where it came from.
packet_ptr make_reset(const packet& p, const segment& s) noexcept;

}  // namespace osprey::net::tcp
