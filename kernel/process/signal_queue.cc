// SPDX-License-Identifier: BSD-3-Clause
#include <process/signal_queue.hh>

namespace osprey::proc {
namespace {

constexpr u32 most_queued = 16384;  // RLIMIT_SIGPENDING of a machine of medium size

constexpr u64 bit(i32 number) noexcept {
    return u64{1} << (number - 1);
}
constexpr bool is_realtime(i32 number) noexcept {
    return number >= static_cast<i32>(signal::rt_min);
}

}  // namespace

signal_queue::~signal_queue() {
    while (entry* e = entries_.pop_front())
        delete e;
}

result<void> signal_queue::add(const signal_info& info) noexcept {
    sync::lock_guard guard{mutex_};
    const bool there = bits_.load(std::memory_order_relaxed) & bit(info.number);
    if (there && !is_realtime(info.number))
        return ok;
    entry* e = count_ < most_queued ? new (std::nothrow) entry{info, {}} : nullptr;
    if (e) {
        entries_.push_back(*e);
        ++count_;
    } else if (is_realtime(info.number) && info.code < 0) {
        return errc::again;  // sigqueue(3) reports it; kill(2) loses only the details
    }
    bits_.fetch_or(bit(info.number), std::memory_order_release);
    return ok;
}

bool signal_queue::take(signal_set wanted, signal_info& out) noexcept {
    if ((bits_.load(std::memory_order_acquire) & wanted.bits()) == 0)
        return false;
    sync::lock_guard guard{mutex_};
    u64 candidates = bits_.load(std::memory_order_relaxed) & wanted.bits();
    if (candidates == 0)
        return false;
    // Faults before everything else, as Linux does, so that a handler sees the state it caused.
    constexpr u64 synchronous = bit(4) | bit(5) | bit(7) | bit(8) | bit(11) | bit(31);
    if (candidates & synchronous)
        candidates &= synchronous;
    const i32 number = __builtin_ctzll(candidates) + 1;
    entry* found = nullptr;
    bool more = false;
    for (entry& e : entries_) {
        if (e.info.number != number)
            continue;
        if (found) {
            more = true;
            break;
        }
        found = &e;
    }
    if (found) {
        out = found->info;
        decltype(entries_)::remove(*found);
        --count_;
        delete found;
    } else {
        out = {};
        out.number = number;  // queued without memory for the details
    }
    if (!more)
        bits_.fetch_and(~bit(number), std::memory_order_release);
    return true;
}

void signal_queue::discard(signal_set which) noexcept {
    sync::lock_guard guard{mutex_};
    bits_.fetch_and(~which.bits(), std::memory_order_release);
    for (auto at = entries_.begin(); at != entries_.end();) {
        entry& e = *at;
        ++at;
        if (which.bits() & bit(e.info.number)) {
            decltype(entries_)::remove(e);
            --count_;
            delete &e;
        }
    }
}

}  // namespace osprey::proc
