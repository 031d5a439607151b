// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/vector.hh>
#include <net/ipv6/header.hh>
#include <net/packet.hh>

namespace osprey::net {

/// Puts IPv6 fragments together (RFC 8200 §4.5). Fragments that overlap spoil the whole packet
/// (RFC 5722), exact repetitions excepted (RFC 8200); memory and numbers are bounded, and the
/// oldest packet goes when they are reached. Not thread safe.
class ipv6_reassembly {
public:
    static constexpr usize most_packets = 64;
    static constexpr usize most_pieces = 128;         // of one packet
    static constexpr usize most_bytes = 1024 * 1024;  // of all
    static constexpr duration time_limit = duration::seconds(60);

    enum class outcome : u8 {
        waiting,   // more is needed
        complete,  // `whole` has the packet
        bad,       // dropped, silently
        bad_size,  // not a multiple of 8, or beyond 64 KB: parameter problem at `pointer`
    };
    struct answer {
        outcome what;
        packet_ptr whole;  // begins with the IPv6 header, without the fragment header
        packet_ptr given;  // with `bad_size`: the fragment, for the ICMP error
        u32 pointer = 0;
    };
    /// `p` begins at the IPv6 header; the fragment header is at `offset`, and `next_field` is where
    /// it is announced. The headers up to there are contiguous.
    answer add(packet_ptr p, u32 offset, u32 next_field, instant now) noexcept;

    /// Drops what has waited too long. Calls `told(packet_ptr first_fragment)` for each packet of
    /// which the first fragment is there (ICMPv6 time exceeded, code 1).
    template <typename F>
    void expire(instant now, F&& told) noexcept {
        for (usize i = packets_.size(); i-- > 0;)
            if (packets_[i].expires <= now) {
                packet_ptr first = drop(i);
                if (first)
                    told(std::move(first));
            }
    }
    [[nodiscard]] instant deadline() const noexcept;
    [[nodiscard]] usize waiting() const noexcept { return packets_.size(); }
    [[nodiscard]] usize bytes() const noexcept { return bytes_; }

private:
    struct piece {
        u32 start, end;  // in the fragmentable part
        packet_ptr packet;
    };
    struct incomplete {
        ip_address source, destination;
        u32 identification = 0;
        u32 total = 0;  // bytes of the fragmentable part; 0: the last piece is missing
        u32 have = 0;
        u32 fragment_offset = 0;  // in the first piece: where its fragment header is
        u32 next_field = 0;
        instant expires;
        vector<piece> pieces;  // in order
    };
    usize find(const ip_address& source, const ip_address& destination, u32 id) const noexcept;
    result<usize> begin(const packet& p, u32 id, instant now) noexcept;
    outcome insert(usize index, piece fresh, bool last) noexcept;
    packet_ptr assemble(incomplete& i) noexcept;
    packet_ptr drop(usize index) noexcept;

    vector<incomplete> packets_;
    usize bytes_ = 0;
};

}  // namespace osprey::net
