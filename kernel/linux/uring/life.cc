// SPDX-License-Identifier: BSD-3-Clause
//
// Requests of a ring: taking them in, links, order, and their end.
#include <linux/flag_sets.hh>
#include <linux/uring/ring.hh>
#include <process/service_task.hh>
#include <sched/clock.hh>

namespace osprey::abi {
namespace {

using stage = uring_request::stage;
constexpr i64 cancelled_answer = -static_cast<i64>(errc::canceled);
constexpr u8 known_flags = 0x7f;

/// What is wrong with an entry before its operation is looked at.
result<void> check(const abi_uring_sqe& sqe, u32 setup) noexcept {
    const uring_operation* op = find_operation(sqe.opcode);
    if (!op || sqe.flags & ~known_flags) {
        if (!op)
            report_value(sqe.opcode, errc::invalid_argument);
        return errc::invalid_argument;
    }
    if (sqe.personality != 0)
        return errc::invalid_argument;
    if (sqe.flags & entry_skip_success && sqe.flags & entry_drain)
        return errc::not_supported;
    using o = uring_operations;
    const bool selects = sqe.opcode == o::ioring_op_read || sqe.opcode == o::ioring_op_readv ||
                         sqe.opcode == o::ioring_op_recv || sqe.opcode == o::ioring_op_recvmsg;
    if (sqe.flags & entry_buffer_select && !selects)
        return errc::not_supported;
    // Completions of polled rings come from the device; only reads and writes have such.
    const bool transfers =
        sqe.opcode == o::ioring_op_read || sqe.opcode == o::ioring_op_readv ||
        sqe.opcode == o::ioring_op_write || sqe.opcode == o::ioring_op_writev ||
        sqe.opcode == o::ioring_op_read_fixed || sqe.opcode == o::ioring_op_write_fixed ||
        sqe.opcode == o::ioring_op_nop || sqe.opcode == o::ioring_op_provide_buffers ||
        sqe.opcode == o::ioring_op_remove_buffers || sqe.opcode == o::ioring_op_msg_ring;
    if (setup & uring_setup_flags::ioring_setup_iopoll && !transfers)
        return errc::invalid_argument;
    return {};
}

/// A link is cut by an error, and by a transfer that did not do all.
bool failed(const uring_request& r, i64 answer) noexcept {
    using o = uring_operations;
    if (answer < 0)
        return true;
    switch (r.sqe.opcode) {
        case o::ioring_op_read:
        case o::ioring_op_write:
        case o::ioring_op_read_fixed:
        case o::ioring_op_write_fixed:
            return answer != r.sqe.length;
        case o::ioring_op_readv:
        case o::ioring_op_writev:
            return static_cast<usize>(answer) != r.list.bytes();
        default:
            return false;
    }
}

}  // namespace

result<u32> uring::submit(u32 count) noexcept {
    u32 taken = 0;
    {
        sync::lock_guard guard{submitting_};
        submitter_.store(&sched::current(), std::memory_order_relaxed);
        uring_request *head = nullptr, *tail = nullptr;
        bool head_failed = false, stop = false;
        const u32 queued = queued_entries();
        const u32 wanted = count < queued ? count : queued;
        while (taken < wanted && !stop) {
            uring_request* r = load_next(stop);
            if (stop)
                break;
            ++taken;
            if (!r)
                continue;
            auto checked = check(r->sqe, flags_);
            if (head) {
                tail->link = r;
                tail = r;
            } else {
                head = tail = r;
            }
            {
                sync::lock_guard of_ring{mutex_};
                active_.push_back(*r);
            }
            if (!checked) {
                r->counts_to = static_cast<u32>(checked.error());  // told when the chain is
                head_failed = true;
                stop = !(flags_ & uring_setup_flags::ioring_setup_submit_all);
            }
            if (r->is_linked() && taken < wanted && !stop)
                continue;
            // The chain is whole.
            uring_request* first = std::exchange(head, nullptr);
            if (std::exchange(head_failed, false))
                cancel_links(first);
            else
                dispatch(*first);
        }
        if (head)  // cut short
            head_failed ? cancel_links(head) : dispatch(*head);
        submitter_.store(nullptr, std::memory_order_relaxed);
    }
    drain();
    if (taken == 0 && count != 0 && queued_entries() != 0)
        return errc::again;
    return taken;
}

/// Ends a chain of which nothing has begun: with the errors that were found, else as cancelled.
void uring::cancel_links(uring_request* first) noexcept {
    while (first) {
        uring_request& r = *first;
        first = std::exchange(r.link, nullptr);
        const i64 answer =
            r.counts_to ? -static_cast<i64>(std::exchange(r.counts_to, 0)) : cancelled_answer;
        finish(r, answer);
    }
}

void uring::dispatch(uring_request& head) noexcept {
    bool drains = false;
    for (uring_request* r = &head; r; r = r->link)
        drains |= (r->sqe.flags & entry_drain) != 0;
    {
        sync::lock_guard guard{mutex_};
        if (!deferred_.empty() || (drains && under_way_ != 0)) {
            active_.remove(head);
            head.where = stage::deferred;
            deferred_.push_back(head);
            return;
        }
    }
    begin(head);
}

/// Issues a request for the first time.
void uring::begin(uring_request& head) noexcept {
    uring_request* timeout = nullptr;
    {
        sync::lock_guard guard{mutex_};
        count_in(head);
        head.begun = true;
        head.where = stage::issuing;
        if (head.link && head.link->sqe.opcode == uring_operations::ioring_op_link_timeout) {
            timeout = head.link;
            head.link = std::exchange(timeout->link, nullptr);
            head.timeout = timeout;
            timeout->timed = &head;
            count_in(*timeout);
        }
    }
    if (timeout) {
        const reply set = find_operation(timeout->sqe.opcode)->run(*timeout);
        if (set.failed()) {
            {
                sync::lock_guard guard{mutex_};
                head.timeout = timeout->timed = nullptr;
            }
            finish(*timeout, set.value());
            return finish(head, cancelled_answer);
        }
    }
    head.issue();
}

/// Requests that waited for others because of IOSQE_IO_DRAIN.
void uring::start_deferred() noexcept {
    for (;;) {
        uring_request* r;
        {
            sync::lock_guard guard{mutex_};
            r = deferred_.front();
            if (!r)
                return;
            bool drains = false;
            for (uring_request* at = r; at; at = at->link)
                drains |= (at->sqe.flags & entry_drain) != 0;
            if (drains && under_way_ != 0)
                return;
            deferred_.remove(*r);
            active_.push_back(*r);
            count_in(*r);
            r->where = stage::issuing;
        }
        push_ready(*r);
    }
}

void uring::finish(uring_request& r, i64 answer, u32 cqe_flags) noexcept {
    const refptr<uring> keep{this};
    const bool bad = failed(r, answer);
    uring_request *next = nullptr, *timeout = nullptr;
    bool chain_broken = false, waiting = false;
    {
        sync::lock_guard guard{mutex_};
        active_.remove(r);
        under_way_ -= r.counted_in;
        counted_timeouts_ -= r.counted;
        if (r.timed)
            r.timed->timeout = nullptr;
        if (r.timeout) {
            r.timeout->timed = nullptr;
            // Its timer may be running out just now; then it ends by itself.
            if (!r.timeout->claimed.exchange(true, std::memory_order_acq_rel))
                timeout = r.timeout;
        }
        next = std::exchange(r.link, nullptr);
        chain_broken = bad && !(r.sqe.flags & entry_hard_link);
        if (!(r.sqe.flags & entry_skip_success) || answer < 0)
            write_completion(r.user_data, static_cast<i32>(answer), cqe_flags);
        if (r.sqe.opcode != uring_operations::ioring_op_timeout)
            ++completions_;
        if (next && !chain_broken)
            count_in(*next);
        waiting = !deferred_.empty();
    }
    delete &r;
    if (timeout) {
        (void)timeout->alarm.cancel();
        finish(*timeout, cancelled_answer);
    }
    if (next && chain_broken)
        cancel_links(next);
    else if (next)
        push_ready(*next);
    expire_counted();
    if (waiting)
        start_deferred();
    tell_waiters();
}

void uring::to_pool(uring_request& r) noexcept {
    if (auto ready = pool_->prepare(); !ready)
        return finish(r, reply{ready.error()}.value());
    {
        sync::lock_guard guard{mutex_};
        r.where = stage::working;
    }
    pool_->push(r);
}

bool uring::begin_work(uring_request& r) noexcept {
    sync::lock_guard guard{mutex_};
    r.where = stage::working;
    r.worker = &sched::current();
    return !r.cancelled;
}

bool uring::end_work(uring_request& r) noexcept {
    sync::lock_guard guard{mutex_};
    r.worker = nullptr;
    r.where = stage::issuing;
    sched::current().interrupted.store(false, std::memory_order_relaxed);
    return !r.cancelled;
}

bool uring::arm(uring_request& r, u32 events) noexcept {
    sync::lock_guard guard{mutex_};
    if (r.cancelled)
        return false;
    r.where = stage::armed;
    auto now = r.poll_trigger::arm(*r.file, events);
    if (now && *now == 0)
        return true;
    r.where = stage::issuing;
    return false;
}

void uring::watch(uring_request& r) noexcept {
    constexpr u32 last_events = vfs::poll_err | vfs::poll_hup | vfs::poll_nval;
    i64 end = 0;  // 0: it goes on
    bool told = false;
    {
        sync::lock_guard guard{mutex_};
        if (r.cancelled) {
            (void)r.disarm();
            end = cancelled_answer;
        } else {
            r.where = stage::armed;
            auto now = r.poll_trigger::watch(*r.file, r.poll_events);
            if (!now) {
                end = -static_cast<i64>(now.error());
            } else if (*now & last_events) {
                // Nothing else will come; if it has just been told of, whoever takes it ends it.
                if (r.disarm())
                    end = *now & 0xffff;
            } else if (*now != 0) {
                write_completion(r.user_data, static_cast<i32>(*now & 0xffff), completion_more);
                ++completions_;
                told = true;
            }
        }
        if (end != 0)
            r.where = stage::issuing;
    }
    if (end != 0)
        return finish(r, end);
    if (told) {
        expire_counted();
        tell_waiters();
    }
}

void uring::close() noexcept {
    process_leaves();
    stop_poller();
    (void)unregister_files();
    (void)unregister_event();
}

void uring::process_leaves() noexcept {
    closing_.store(true, std::memory_order_release);
    stop_poller();
    selection everything;
    everything.any = everything.all = true;
    (void)cancel(everything);
    cq_wait_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
}

// IORING_SETUP_SQPOLL

result<void> uring::start_poller(u32 idle_ms) noexcept {
    poller_idle_ms_ = idle_ms ? idle_ms : 1000;
    auto made =
        TRY(proc::create_service_task(proc::current_process(), "iou-sqp", poller_entry, this));
    poller_runs_.store(true, std::memory_order_release);
    made->start();
    return {};
}

void uring::poller_entry(void* self) noexcept {
    auto& ring = *static_cast<uring*>(self);
    ring.poll_entries();
    ring.poller_runs_.store(false, std::memory_order_release);
    ring.poller_ended_.wake_all();
    proc::end_service_task();
}

void uring::poll_entries() noexcept {
    constexpr u32 flags_at = 276;  // of the submission ring, as `lay_out` has it
    // A CPU that does nothing but look would be taken from the application.
    constexpr duration between_looks = duration::microseconds(50);
    const duration idle = duration::milliseconds(poller_idle_ms_);
    instant busy_until = sched::monotonic_now() + idle;
    while (!poller_stops_.load(std::memory_order_acquire)) {
        auto taken = submit(~u32{0});
        flush_overflow();
        const instant now = sched::monotonic_now();
        if (taken && *taken != 0) {
            busy_until = now + idle;
            continue;
        }
        if (now < busy_until) {
            (void)sched::sleep_until(now + between_looks, sched::wait_mode::uninterruptible);
            continue;
        }
        rings_.word(flags_at).fetch_or(1);  // IORING_SQ_NEED_WAKEUP
        (void)sq_wait_.wait(
            [this] {
                return queued_entries() != 0 || poller_stops_.load(std::memory_order_acquire);
            },
            sched::wait_mode::uninterruptible);
        rings_.word(flags_at).fetch_and(~u32{1});
        busy_until = sched::monotonic_now() + idle;
    }
}

void uring::stop_poller() noexcept {
    poller_stops_.store(true, std::memory_order_release);
    sq_wait_.wake_all();
    (void)poller_ended_.wait([this] { return !poller_runs_.load(std::memory_order_acquire); },
                             sched::wait_mode::uninterruptible);
}

void uring::enable() noexcept {
    enabled_.store(true, std::memory_order_release);
}

}  // namespace osprey::abi
