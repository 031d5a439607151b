// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sched/runqueue.hh>

/// The order of the ready threads, and accounting. Inline, because each wake-up and each switch
/// goes through most of it and the calls would cost as much as the work.
namespace osprey::sched {

/// Adds the time since the last call to the running thread.
inline void runqueue::account() noexcept {
    const u64 now = arch::cycle_counter();
    u64 used = now - stretch_started_;
    stretch_started_ = now;
    if (used > u64{1} << 40) [[unlikely]]
        used = 0;  // the counter was set back: suspended machine, broken hypervisor
    thread& t = *running_;
    t.cycles_ += used;
    if (&t == idle_thread_) {
        cycles_idle_ += used;
        return;
    }
    cycles_busy_[static_cast<unsigned>(t.time_kind_)] += used;
    t.system_cycles_ += t.time_kind_ == time_kind::system ? used : 0;
    if (!real_time(t)) {
        if (t.weight_ == 1024) [[likely]]
            t.key_ += used;
        else
            t.key_ += (used > ~u32{0} ? ~u32{0} : used) * t.inverse_weight_ >> 22;
    }
}

/// The weighted average of the keys of all fair threads here: where a thread stands that got
/// exactly its share. Right only just after `account`: a thread that runs alone is not accounted
/// for as long as it does.
inline u64 runqueue::average() const noexcept {
    const bool counts = running_ != idle_thread_ && !real_time(*running_);
    if (weights_ == 0)
        return counts ? running_->key_ : zero_;
    u64 weights = weights_;
    i64 sum = weighted_keys_;
    if (counts) {
        weights += running_->weight_;
        sum += static_cast<i64>(running_->key_ - zero_) * running_->weight_;
    }
    return zero_ + static_cast<u64>(sum / static_cast<i64>(weights));
}

/// How far the running fair thread is behind the average, within bounds. After `account`.
inline i64 runqueue::lag_of_running() const noexcept {
    const thread& me = *running_;
    const i64 weights = static_cast<i64>(weights_);
    // The average less its key: its own share of the sum cancels out.
    const i64 lag = (weighted_keys_ - static_cast<i64>(me.key_ - zero_) * weights) /
                    (weights + static_cast<i64>(me.weight_));
    return bounded(lag);
}

/// Places a thread that comes from elsewhere or from sleep. After `account`.
inline void runqueue::set_key(thread& t) noexcept {
    if (t.urgency_ != 0) {
        t.key_ = real_time_key(t.urgency_);
        t.round_started_ = t.cycles_;
    } else {
        t.key_ = average() - static_cast<u64>(t.lag_);
    }
}

[[gnu::always_inline]] inline void runqueue::insert(thread& t) noexcept {
    t.queued_ = true;
    ready_.store(ready_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (!real_time(t)) {
        weights_ += t.weight_;
        weighted_keys_ += static_cast<i64>(t.key_ - zero_) * t.weight_;
    }
    if (!first_) {
        first_ = &t;
    } else if (t.key_ < first_->key_) {
        rest_.insert(*first_);
        first_ = &t;
    } else {
        rest_.insert(t);
    }
}

inline void runqueue::uncount(thread& t) noexcept {
    t.queued_ = false;
    ready_.store(ready_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    if (!real_time(t)) {
        weights_ -= t.weight_;
        weighted_keys_ -= static_cast<i64>(t.key_ - zero_) * t.weight_;
    }
}

[[gnu::always_inline]] inline thread* runqueue::pop_first() noexcept {
    thread* t = first_;
    if (!t)
        return nullptr;
    uncount(*t);
    first_ = rest_.first();
    if (first_)
        rest_.remove(*first_);
    return t;
}

inline void runqueue::erase(thread& t) noexcept {
    if (&t == first_) {
        (void)pop_first();
        return;
    }
    uncount(t);
    rest_.remove(t);
}

inline thread& runqueue::pop_first_or_idle() noexcept {
    thread* t = pop_first();
    return t ? *t : *idle_thread_;
}

/// Whether `t`, which just came, takes the CPU from `running` at once. After `account`.
inline bool runqueue::preempts(const thread& t, const thread& running) const noexcept {
    if (&running == idle_thread_)
        return true;
    if (real_time(t))
        return t.key_ >> 48 < running.key_ >> 48;
    if (real_time(running))
        return false;
    if (running.scheduling_.kind == policy::idle)
        return t.scheduling_.kind != policy::idle;
    return t.scheduling_.kind == policy::other && t.key_ + spans.granularity < running.key_;
}

}  // namespace osprey::sched
