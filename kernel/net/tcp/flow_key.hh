// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/hash.hh>
#include <net/address.hh>

namespace osprey::net::tcp {

/// The two ends of a connection, as this machine sees them.
struct flow_key {
    ip_address local, remote;
    u16 local_port = 0, remote_port = 0;
    u32 scope = 0;  // interface, if the addresses are link-local
    constexpr bool operator==(const flow_key&) const = default;
};
static_assert(sizeof(flow_key) == 40);

/// Where the flow lies in the table of flows: keyed, so that nobody outside can aim at one bucket.
inline u32 hash_of(const hash_key& key, const flow_key& f) noexcept {
    return static_cast<u32>(siphash(key, {reinterpret_cast<const char*>(&f), sizeof f}));
}

/// Initial sequence numbers (RFC 6528): a keyed hash of the flow, plus a clock of 4 us, so that a
/// later connection of the same flow begins behind the earlier one.
inline u32 initial_sequence(const hash_key& key, const flow_key& f, u64 now_ns) noexcept {
    return hash_of({key.k0 ^ 1, key.k1}, f) + static_cast<u32>(now_ns >> 12);
}
/// What is added to the timestamps of a flow's segments (RFC 7323 §5.4, §7.1): the same for all
/// ports between two machines, so that a peer's TIME_WAIT sees them grow.
inline u32 timestamp_offset(const hash_key& key, flow_key f) noexcept {
    f.local_port = f.remote_port = 0;
    return hash_of({key.k0 ^ 2, key.k1}, f);
}

}  // namespace osprey::net::tcp
