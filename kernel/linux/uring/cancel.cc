// SPDX-License-Identifier: BSD-3-Clause
//
// Ending requests before their time, and those whose time it is.
#include <linux/flag_sets.hh>
#include <linux/uring/ring.hh>

namespace osprey::abi {
namespace {

using stage = uring_request::stage;
constexpr i64 cancelled_answer = -static_cast<i64>(errc::canceled);

}  // namespace

bool uring::selection::matches(const uring_request& r) const noexcept {
    if (&r == except)
        return false;
    if (opcode >= 0 && r.sqe.opcode != opcode)
        return false;
    if (any)
        return true;
    if (file)
        return r.file.get() == file;
    return r.user_data == user_data;
}

result<u32> uring::cancel(const selection& s) noexcept {
    u32 count = 0;
    bool running = false;
    for (;;) {
        uring_request* found = nullptr;
        bool timed = false;
        {
            sync::lock_guard guard{mutex_};
            for (uring_request& r : active_) {
                if (r.cancelled || !s.matches(r))
                    continue;
                if (r.where == stage::timing) {
                    if (r.claimed.exchange(true, std::memory_order_acq_rel))
                        continue;  // it runs out at this moment
                    found = &r;
                    timed = true;
                    break;
                }
                if (r.where == stage::armed && r.disarm()) {
                    found = &r;
                    break;
                }
                if (r.where == stage::issuing && !r.begun && !s.any)
                    continue;  // not begun: a link that waits for another
                r.cancelled = true;
                running = true;
                if (r.worker)
                    sched::interrupt(*r.worker, sched::severity::signal);
                if (!s.all)
                    break;
            }
            if (!found)
                for (uring_request& r : deferred_)
                    if (s.matches(r)) {
                        deferred_.remove(r);
                        active_.push_back(r);
                        found = &r;
                        break;
                    }
            if (found)
                found->where = stage::issuing;
        }
        if (!found)
            break;
        if (timed)
            (void)found->alarm.cancel();
        finish(*found, cancelled_answer);
        ++count;
        if (!s.all)
            break;
    }
    if (count != 0)
        return count;
    return running ? errc::already_in_progress : errc::no_entry;
}

result<void> uring::update_poll(u64 user_data, const u64* new_user_data, const u32* events,
                                u32 how) noexcept {
    constexpr u32 multi = 1;
    uring_request* found = nullptr;
    {
        sync::lock_guard guard{mutex_};
        for (uring_request& r : active_) {
            if (r.user_data != user_data || r.sqe.opcode != uring_operations::ioring_op_poll_add)
                continue;
            if (r.where != stage::armed || !r.disarm())
                return errc::already_in_progress;
            found = &r;
            r.where = stage::issuing;
            if (new_user_data)
                r.user_data = *new_user_data;
            if (events) {
                r.poll_events = *events;
                r.multishot = how & multi;
            }
            break;
        }
    }
    if (!found)
        return errc::no_entry;
    found->issue();
    return {};
}

void uring_request::clock::rung(sched::timer& self) noexcept {
    uring_request& r = static_cast<clock&>(self).request;
    if (!r.claimed.exchange(true, std::memory_order_acq_rel))
        uring::timer_fired(r);
}

/// The time of `r`, a timeout or the timeout of a link, is over.
void uring::timer_fired(uring_request& r) noexcept {
    uring& ring = *r.ring;
    const i64 expired = -static_cast<i64>(errc::timer_expired);
    uring_request* target = nullptr;
    {
        sync::lock_guard guard{ring.mutex_};
        r.where = stage::issuing;
        if (uring_request* of = r.timed) {
            if (of->where == stage::armed && of->disarm()) {
                target = of;
                of->where = stage::issuing;
            } else if (of->where == stage::timing &&
                       !of->claimed.exchange(true, std::memory_order_acq_rel)) {
                target = of;
            } else {
                of->cancelled = true;
                if (of->worker)
                    sched::interrupt(*of->worker, sched::severity::signal);
            }
            of->timeout = nullptr;
            r.timed = nullptr;
        }
    }
    if (target) {
        (void)target->alarm.cancel();
        ring.finish(*target, cancelled_answer);
    }
    ring.finish(r, expired);
}

void uring::start_timer(uring_request& r, instant deadline) noexcept {
    sync::lock_guard guard{mutex_};
    r.where = stage::timing;
    r.deadline = deadline;
    r.alarm.arm(deadline);
}

void uring::start_counted(uring_request& r, instant deadline, u32 count) noexcept {
    {
        sync::lock_guard guard{mutex_};
        r.counted = true;
        ++counted_timeouts_;
        r.counts_to = completions_ + count;
        r.where = stage::timing;
        r.deadline = deadline;
        if (deadline != instant::never())
            r.alarm.arm(deadline);
    }
}

/// Timeouts that were waiting for a number of completions.
void uring::expire_counted() noexcept {
    for (;;) {
        uring_request* found = nullptr;
        {
            sync::lock_guard guard{mutex_};
            if (counted_timeouts_ == 0)
                return;
            for (uring_request& r : active_)
                if (r.counted && r.where == stage::timing &&
                    static_cast<i32>(completions_ - r.counts_to) >= 0 &&
                    !r.claimed.exchange(true, std::memory_order_acq_rel)) {
                    found = &r;
                    r.where = stage::issuing;
                    break;
                }
        }
        if (!found)
            return;
        (void)found->alarm.cancel();
        finish(*found, 0);
    }
}

result<void> uring::update_timeout(u64 user_data, instant deadline, bool linked) noexcept {
    using o = uring_operations;
    uring_request* found = nullptr;
    {
        sync::lock_guard guard{mutex_};
        for (uring_request& r : active_)
            if (r.user_data == user_data && r.where == stage::timing &&
                r.sqe.opcode == (linked ? o::ioring_op_link_timeout : o::ioring_op_timeout) &&
                !r.claimed.exchange(true, std::memory_order_acq_rel)) {
                found = &r;
                break;
            }
    }
    if (!found)
        return errc::no_entry;
    // Nobody else ends it now; its timer is quiet before it is set anew.
    (void)found->alarm.cancel();
    found->claimed.store(false, std::memory_order_release);
    start_timer(*found, deadline);
    return {};
}

}  // namespace osprey::abi
