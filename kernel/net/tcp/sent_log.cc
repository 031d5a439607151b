// SPDX-License-Identifier: BSD-3-Clause
#include <base/heap.hh>
#include <net/tcp/sent_log.hh>

namespace osprey::net::tcp {

sent_log::~sent_log() {
    clear();
}

void sent_log::clear() noexcept {
    if (ring_ != inline_)
        deallocate(ring_, capacity_ * sizeof(sent_record));
    ring_ = inline_;
    capacity_ = inline_records;
    front_ = count_ = bytes_ = sacked_bytes_ = lost_bytes_ = 0;
}

bool sent_log::make_room() noexcept {
    if (count_ < capacity_)
        return true;
    const u32 wanted = capacity_ * 2 < 16 ? 16 : capacity_ * 2;
    auto* fresh = static_cast<sent_record*>(allocate(wanted * sizeof(sent_record)));
    if (!fresh)
        return false;
    for (u32 i = 0; i < count_; ++i)
        fresh[i] = (*this)[i];
    if (ring_ != inline_)
        deallocate(ring_, capacity_ * sizeof(sent_record));
    ring_ = fresh;
    capacity_ = wanted;
    front_ = 0;
    return true;
}

void sent_log::append(const sent_record& r) noexcept {
    ++count_;
    back() = r;
    bytes_ += r.bytes();
}

void sent_log::pop_front() noexcept {
    const sent_record& r = (*this)[0];
    bytes_ -= r.bytes();
    if (r.has(sent_record::sacked))
        sacked_bytes_ -= r.bytes();
    if (r.has(sent_record::lost))
        lost_bytes_ -= r.bytes();
    front_ = (front_ + 1) & (capacity_ - 1);
    if (--count_ == 0 && capacity_ > 64)
        clear();  // a burst is over: an idle connection should cost little
}

void sent_log::trim_front(sequence_number begin) noexcept {
    sent_record& r = (*this)[0];
    const u32 gone = begin - r.begin;
    r.begin = begin;
    bytes_ -= gone;
    if (r.has(sent_record::sacked))
        sacked_bytes_ -= gone;
    if (r.has(sent_record::lost))
        lost_bytes_ -= gone;
}

bool sent_log::split(u32 i, sequence_number at) noexcept {
    if (!make_room())
        return false;
    ++count_;
    for (u32 j = count_ - 1; j > i; --j)
        (*this)[j] = (*this)[j - 1];
    sent_record& first = (*this)[i];
    first.end = at;
    first.flags &= static_cast<u8>(~sent_record::fin);
    (*this)[i + 1].begin = at;
    (*this)[i + 1].flags &= static_cast<u8>(~sent_record::syn);
    return true;
}

void sent_log::mark_sacked(sent_record& r) noexcept {
    if (r.has(sent_record::sacked))
        return;
    if (r.has(sent_record::lost)) {
        lost_bytes_ -= r.bytes();
        r.flags &= static_cast<u8>(~sent_record::lost);
    }
    r.flags |= sent_record::sacked;
    sacked_bytes_ += r.bytes();
}

void sent_log::mark_lost(sent_record& r) noexcept {
    if (r.has(sent_record::sacked | sent_record::lost))
        return;
    r.flags |= sent_record::lost;
    lost_bytes_ += r.bytes();
}

void sent_log::mark_sent(sent_record& r, instant now) noexcept {
    if (r.has(sent_record::lost)) {
        lost_bytes_ -= r.bytes();
        r.flags &= static_cast<u8>(~sent_record::lost);
    }
    r.flags |= sent_record::retransmitted;
    r.sent = now;
    if (r.transmissions != 255)
        ++r.transmissions;
}

void sent_log::forget_sacks() noexcept {
    for (u32 i = 0; i < count_; ++i)
        (*this)[i].flags &= static_cast<u8>(~sent_record::sacked);
    sacked_bytes_ = 0;
}

}  // namespace osprey::net::tcp
