// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/packet.hh>
#include <net/statistics.hh>
#include <sched/timer.hh>
#include <sync/mutex.hh>

namespace osprey::net {

/// Puts fragments of datagrams together, of either family (RFC 791 §3.2, RFC 8200 §4.5).
///
/// What an attacker can make it hold is bounded in bytes, in datagrams, in fragments of one and in
/// time; a datagram of which two fragments overlap is thrown away whole (RFC 5722), exact
/// duplicates are ignored.
class reassembler {
public:
    static constexpr usize most_memory = 4 << 20;
    static constexpr usize most_datagrams = 1024;
    static constexpr u16 most_fragments = 200;
    static constexpr u32 most_bytes = 65535;
    static constexpr duration patience = duration::seconds(30);

    struct counters {
        statistic timeouts, required, done, failures;
    };
    /// Which datagram a fragment belongs to, and where. `offset` in bytes.
    struct fragment_place {
        ip_address source, destination;
        u32 id = 0;
        u8 protocol = 0;
        u32 offset = 0;
        bool last = false;
    };

    constexpr explicit reassembler(counters c) noexcept : counters_{c} {}
    reassembler(const reassembler&) = delete;

    /// Takes a fragment, `data()` at its payload, `network_header` bytes behind the IP header.
    /// @return the datagram once it is whole, at its transport header, with the IP header of the
    /// first fragment in front (length and offset of IPv4 set right); else null.
    /// Context: threads; takes `lock_rank::network_neighbours`.
    packet_ptr add(const fragment_place& place, packet_ptr p) noexcept;
    /// Bytes that waiting fragments hold.
    [[nodiscard]] usize memory() const noexcept { return memory_; }

private:
    struct datagram;
    enum class verdict : u8 { kept, duplicate, broken, whole };

    datagram* find(const fragment_place& place) noexcept;
    datagram* start(const fragment_place& place) noexcept;
    verdict insert(datagram& d, const fragment_place& place, packet_ptr& p) noexcept;
    void discard(datagram& d) noexcept;
    void make_room() noexcept;
    static packet_ptr assemble(datagram& d) noexcept;
    static void look_at_deadlines(sched::timer& t) noexcept;
    packet_ptr give_up_oldest(instant now, bool& more) noexcept;

    const counters counters_;
    sync::mutex mutex_{sync::lock_rank::network_neighbours};
    static constexpr usize buckets = 64;
    datagram* table_[buckets] = {};
    datagram* oldest_ = nullptr;
    datagram* newest_ = nullptr;
    usize memory_ = 0, count_ = 0;

    struct owned_timer : sched::timer {
        constexpr explicit owned_timer(reassembler& r) noexcept
            : timer{look_at_deadlines}, owner{r} {}
        reassembler& owner;
    };
    owned_timer timer_{*this};
};

}  // namespace osprey::net
