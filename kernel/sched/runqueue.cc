// SPDX-License-Identifier: BSD-3-Clause
// The order of the ready threads, and accounting. Switching is in switch.cc, moving threads between
// CPUs in balance.cc.
#include <sched/runqueue.hh>

#include <base/assert.hh>

namespace osprey::sched {

OSPREY_PER_CPU(runqueue, runqueues);
constinit cycle_spans spans{};

namespace {

// Weight of nice -20…19: each step is 25 % more or less CPU time against a competitor, as
// sched(7) leads programs to expect.
constexpr u32 nice_weights[40] = {
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
    3906,  3121,  2501,  1991,  1586,  1277,  1024,  820,   655,   526,   423,  335,  272,  215,
    172,   137,   110,   87,    70,    56,    45,    36,    29,    23,    18,   15};
constexpr u32 idle_policy_weight = 3;

}  // namespace

u64 cycles_to_ns(u64 cycles) noexcept {
    const auto& c = arch::clock_calibration();
    return static_cast<u64>(static_cast<unsigned __int128>(cycles) * c.multiplier >> c.shift);
}

void runqueue::set_weight(thread& t, scheduling how) noexcept {
    t.scheduling_ = how;
    t.weight_ = how.kind == policy::idle ? idle_policy_weight : nice_weights[how.nice + 20];
    t.inverse_weight_ = static_cast<u32>((u64{1} << 32) / t.weight_);
}

/// Adds the time since the last call to the running thread.
void runqueue::account() noexcept {
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
    (t.application_ ? cycles_application_ : cycles_kernel_) += used;
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
u64 runqueue::average() const noexcept {
    const bool counts = running_ != departed_ && running_ != idle_thread_ && !real_time(*running_);
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

/// Places a thread that comes from elsewhere or from sleep. After `account`.
void runqueue::set_key(thread& t) noexcept {
    if (t.scheduling_.kind == policy::fifo || t.scheduling_.kind == policy::round_robin) {
        t.key_ = real_time_key(t.scheduling_);
        t.round_started_ = t.cycles_;
    } else {
        t.key_ = average() - static_cast<u64>(t.lag_);
    }
}

void runqueue::insert(thread& t) noexcept {
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

void runqueue::erase(thread& t) noexcept {
    t.queued_ = false;
    ready_.store(ready_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    if (!real_time(t)) {
        weights_ -= t.weight_;
        weighted_keys_ -= static_cast<i64>(t.key_ - zero_) * t.weight_;
    }
    if (&t != first_) {
        rest_.remove(t);
        return;
    }
    first_ = rest_.first();
    if (first_)
        rest_.remove(*first_);
}

thread* runqueue::pop_first() noexcept {
    thread* t = first_;
    if (t)
        erase(*t);
    return t;
}

thread& runqueue::pop_first_or_idle() noexcept {
    thread* t = pop_first();
    return t ? *t : *idle_thread_;
}

/// Whether `t`, which just came, takes the CPU from `running` at once. After `account`.
bool runqueue::preempts(const thread& t, const thread& running) const noexcept {
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

void runqueue::change_scheduling(thread& t, scheduling how) noexcept {
    if (!t.attached_.load(std::memory_order_relaxed)) {
        set_weight(t, how);
        return;
    }
    const bool queued = t.queued_;
    account();
    t.lag_ = real_time(t) ? 0 : static_cast<i64>(average() - t.key_);
    if (queued)
        erase(t);
    set_weight(t, how);
    set_key(t);
    if (queued)
        insert(t);
    if (first_ && first_->key_ < running_->key_)
        arch::this_cpu().need_resched = 1;
}

cpu_times runqueue::times() const noexcept {
    return {.user_ns = cycles_to_ns(cycles_application_),
            .system_ns = cycles_to_ns(cycles_kernel_),
            .idle_ns = cycles_to_ns(cycles_idle_),
            .interrupt_ns = 0,
            .switches = switches_,
            .interrupts = interrupts_};
}

}  // namespace osprey::sched
