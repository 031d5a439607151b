// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::fs {

/// Where the packets lie that were written to a pipe with O_DIRECT. Positions count the bytes of
/// the pipe since there were packets first; what lies between packets is an ordinary stream.
class packet_marks {
public:
    static constexpr usize most = 256;  // a page each in the largest pipe, as on Linux

    [[nodiscard]] usize count() const noexcept { return count_; }
    void add(usize used, usize bytes) noexcept {
        packet& p = ring_[(first_ + count_++) % most];
        p.start = taken_ + used;
        p.end = p.start + bytes;
    }
    /// How much of `wanted` one read may give: up to the end of the next packet.
    [[nodiscard]] usize readable(usize wanted) const noexcept {
        if (count_ == 0 || taken_ + wanted <= ring_[first_].start)
            return wanted;
        const u64 left = ring_[first_].end - taken_;
        return wanted < left ? wanted : left;
    }
    /// `bytes` were read. @return how many are to be dropped: the rest of a packet.
    usize took(usize bytes) noexcept {
        taken_ += bytes;
        if (count_ == 0 || taken_ <= ring_[first_].start)
            return 0;
        const usize rest = ring_[first_].end - taken_;
        taken_ += rest;
        first_ = (first_ + 1) % most;
        --count_;
        return rest;
    }

private:
    struct packet {
        u64 start, end;
    };
    u64 taken_ = 0;
    usize first_ = 0, count_ = 0;
    packet ring_[most];
};

}  // namespace osprey::fs
