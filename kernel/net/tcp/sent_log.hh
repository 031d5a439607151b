// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/time.hh>
#include <net/tcp/sequence.hh>

namespace osprey::net::tcp {

/// One stretch of numbers that was sent at one time and has not been acknowledged cumulatively.
struct sent_record {
    enum flag : u8 {
        sacked = 1,         // the peer has it
        lost = 2,           // not on its way any more: to be sent again
        retransmitted = 4,  // at least once
        syn = 8,
        fin = 16,    // `end` counts the FIN
        probe = 32,  // sent again as a tail loss probe
    };
    sequence_number begin, end;
    instant sent;  // the last time
    u8 flags;
    u8 transmissions;

    [[nodiscard]] bool has(u8 mask) const noexcept { return flags & mask; }
    [[nodiscard]] u32 bytes() const noexcept { return end - begin; }
};

/// What is in flight: the scoreboard of RFC 6675 with the times that RACK (RFC 8985) needs. A ring
/// of records in order of sequence numbers; the first few need no memory. Keeps the totals from
/// which the amount in flight follows. Not thread safe.
class sent_log {
public:
    sent_log() noexcept = default;
    sent_log(const sent_log&) = delete;
    ~sent_log();

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] u32 size() const noexcept { return count_; }
    [[nodiscard]] sent_record& operator[](u32 i) noexcept {
        return ring_[(front_ + i) & (capacity_ - 1)];
    }
    [[nodiscard]] const sent_record& operator[](u32 i) const noexcept {
        return ring_[(front_ + i) & (capacity_ - 1)];
    }
    [[nodiscard]] sent_record& back() noexcept { return (*this)[count_ - 1]; }

    [[nodiscard]] u32 sacked_bytes() const noexcept { return sacked_bytes_; }
    [[nodiscard]] u32 lost_bytes() const noexcept { return lost_bytes_; }
    /// RFC 6675's "pipe": sent, and neither acknowledged, SACKed nor lost.
    [[nodiscard]] u32 in_flight() const noexcept { return bytes_ - sacked_bytes_ - lost_bytes_; }

    /// Room for one more record; false: out of memory.
    [[nodiscard]] bool make_room() noexcept;
    /// After `make_room`.
    void append(const sent_record& r) noexcept;
    void pop_front() noexcept;
    /// The first record now begins at `begin`.
    void trim_front(sequence_number begin) noexcept;
    /// Splits record `i` at `at`, which lies inside. @return false: out of memory.
    [[nodiscard]] bool split(u32 i, sequence_number at) noexcept;

    void mark_sacked(sent_record& r) noexcept;
    void mark_lost(sent_record& r) noexcept;
    /// It was sent again: in flight again.
    void mark_sent(sent_record& r, instant now) noexcept;
    /// The peer may have reneged (RFC 2018 §8): forgets what it had SACKed.
    void forget_sacks() noexcept;
    void clear() noexcept;

private:
    static constexpr u32 inline_records = 2;
    sent_record inline_[inline_records];
    sent_record* ring_ = inline_;
    u32 capacity_ = inline_records, front_ = 0, count_ = 0;
    u32 bytes_ = 0, sacked_bytes_ = 0, lost_bytes_ = 0;
};

}  // namespace osprey::net::tcp
