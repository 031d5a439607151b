// SPDX-License-Identifier: BSD-3-Clause
//
// The rings of io_uring: their memory, completions, and who waits for them.
#include <bit>
#include <fs/eventfd/eventfd.hh>
#include <linux/flag_sets.hh>
#include <linux/uring/ring.hh>
#include <sched/clock.hh>

namespace osprey::abi {
namespace {

// Where things lie in the shared pages; io_uring_setup(2) tells the application.
constexpr u32 sq_head_at = 0, sq_tail_at = 64, cq_head_at = 128, cq_tail_at = 192;
constexpr u32 sq_mask_at = 256, cq_mask_at = 260, sq_entries_at = 264, cq_entries_at = 268;
constexpr u32 sq_dropped_at = 272, sq_flags_at = 276, cq_flags_at = 280, cq_overflow_at = 284;
constexpr u32 first_cqe_at = 320;

constexpr u32 sq_needs_wakeup = 1, sq_cq_overflow = 2;
constexpr u32 cq_event_disabled = 1;

// What is true of this implementation of IORING_FEAT_*; not: RSRC_TAGS.
constexpr u32 features = 0x1                          // SINGLE_MMAP
                         | 0x2                        // NODROP
                         | 0x4                        // SUBMIT_STABLE
                         | 0x8                        // RW_CUR_POS
                         | 0x10 | 0x20 | 0x40 | 0x80  // CUR_PERSONALITY, FAST_POLL, POLL_32BITS,
                                                      // SQPOLL_NONFIXED
                         | 0x100 | 0x200              // EXT_ARG, NATIVE_WORKERS
                         | 0x800 | 0x1000;            // CQE_SKIP, LINKED_FILE

}  // namespace

result<refptr<uring>> uring::create(abi_uring_parameters& p, refptr<async_pool> pool) noexcept {
    auto* made = new (std::nothrow) uring{p.flags, std::move(pool)};
    if (!made)
        return errc::out_of_memory;
    auto ring = refptr<uring>::adopt(made);
    TRY_VOID(ring->lay_out(p));
    TRY_VOID(ring->pool_->enter(*ring));
    TRY_VOID(ring->pool_->prepare());
    return ring;
}

uring::~uring() {
    pool_->leave(*this);
}

/// `p.sq_entries` and `p.cq_entries` are powers of two.
result<void> uring::lay_out(abi_uring_parameters& p) noexcept {
    sq_entries_ = p.sq_entries;
    cq_entries_ = p.cq_entries;
    if (flags_ & uring_setup_flags::ioring_setup_cqe32)
        cqe_bytes_ = 32;
    if (flags_ & uring_setup_flags::ioring_setup_sqe128)
        sqe_bytes_ = 128;
    cqes_at_ = first_cqe_at;
    array_at_ = cqes_at_ + usize{cq_entries_} * cqe_bytes_;
    TRY_VOID(rings_.create(array_at_ + usize{sq_entries_} * sizeof(u32)));
    TRY_VOID(sqes_.create(usize{sq_entries_} * sqe_bytes_));
    rings_.at<u32>(sq_mask_at) = sq_entries_ - 1;
    rings_.at<u32>(cq_mask_at) = cq_entries_ - 1;
    rings_.at<u32>(sq_entries_at) = sq_entries_;
    rings_.at<u32>(cq_entries_at) = cq_entries_;
    enabled_ = !(flags_ & uring_setup_flags::ioring_setup_r_disabled);
    p.features = features;
    p.sq = {.head = sq_head_at,
            .tail = sq_tail_at,
            .mask = sq_mask_at,
            .entries = sq_entries_at,
            .flags = sq_flags_at,
            .dropped = sq_dropped_at,
            .array = static_cast<u32>(array_at_)};
    p.cq = {.head = cq_head_at,
            .tail = cq_tail_at,
            .mask = cq_mask_at,
            .entries = cq_entries_at,
            .overflow = cq_overflow_at,
            .cqes = static_cast<u32>(cqes_at_),
            .flags = cq_flags_at};
    return {};
}

/// Completions that the application has not taken yet.
u32 uring::available() const noexcept {
    return cq_tail_seen_.load(std::memory_order_acquire) -
           rings_.word(cq_head_at).load(std::memory_order_acquire);
}

/// Entries that the application has put into the ring and nobody has taken.
u32 uring::queued_entries() const noexcept {
    const u32 queued = rings_.word(sq_tail_at).load(std::memory_order_acquire) - sq_head_;
    return queued < sq_entries_ ? queued : sq_entries_;
}

/// Takes the next entry of the submission ring. @return null when there is none (`stop`), or when
/// it was dropped or there is no memory. `submitting_` held.
uring_request* uring::load_next(bool& stop) noexcept {
    const u32 index = rings_.word(array_at_ + (sq_head_ & (sq_entries_ - 1)) * sizeof(u32)).load();
    if (index >= sq_entries_) {
        ++sq_head_;
        rings_.word(sq_head_at).store(sq_head_, std::memory_order_release);
        rings_.word(sq_dropped_at).fetch_add(1);
        return nullptr;
    }
    // Copied once: the application may change it under our eyes.
    const abi_uring_sqe entry = sqes_.at<abi_uring_sqe>(usize{index} * sqe_bytes_);
    auto* r = new (std::nothrow) uring_request{*this, entry};
    if (!r) {
        stop = true;
        return nullptr;
    }
    ++sq_head_;
    rings_.word(sq_head_at).store(sq_head_, std::memory_order_release);
    return r;
}

/// `mutex_` held.
void uring::write_completion(u64 user_data, i32 result, u32 cqe_flags) noexcept {
    const u32 head = rings_.word(cq_head_at).load(std::memory_order_acquire);
    const abi_uring_cqe entry{user_data, result, cqe_flags};
    if (cq_tail_ - head >= cq_entries_ || !overflow_.empty()) {
        // Nothing is lost (IORING_FEAT_NODROP) but for want of memory.
        if (!overflow_.push_back(entry)) {
            rings_.word(cq_overflow_at).fetch_add(1);
            return;
        }
        overflowed_.store(true, std::memory_order_release);
        rings_.word(sq_flags_at).fetch_or(sq_cq_overflow);
        return;
    }
    const usize at = cqes_at_ + usize{cq_tail_ & (cq_entries_ - 1)} * cqe_bytes_;
    rings_.at<abi_uring_cqe>(at) = entry;
    if (cqe_bytes_ == 32)
        rings_.at<abi_uring_cqe>(at + 16) = {};
    ++cq_tail_;
    rings_.word(cq_tail_at).store(cq_tail_, std::memory_order_release);
    cq_tail_seen_.store(cq_tail_, std::memory_order_release);
}

/// Moves completions that found no room to the ring, as far as they fit.
void uring::flush_overflow() noexcept {
    if (!overflowed_.load(std::memory_order_acquire))
        return;
    sync::lock_guard guard{mutex_};
    vector<abi_uring_cqe> waiting = std::move(overflow_);
    overflow_ = {};
    usize moved = 0;
    for (; moved < waiting.size(); ++moved) {
        if (cq_tail_ - rings_.word(cq_head_at).load(std::memory_order_acquire) >= cq_entries_)
            break;
        const abi_uring_cqe& c = waiting[moved];
        write_completion(c.user_data, c.result, c.flags);
    }
    if (moved == waiting.size()) {
        overflowed_.store(false, std::memory_order_release);
        rings_.word(sq_flags_at).fetch_and(~sq_cq_overflow);
        return;
    }
    for (usize i = moved; i < waiting.size(); ++i)
        waiting[i - moved] = waiting[i];
    waiting.truncate(waiting.size() - moved);
    overflow_ = std::move(waiting);
}

void uring::tell_waiters() noexcept {
    cq_wait_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
    if (!has_event_.load(std::memory_order_acquire) ||
        rings_.word(cq_flags_at).load() & cq_event_disabled)
        return;
    refptr<vfs::file> event;
    {
        sync::lock_guard guard{files_mutex_};
        const bool at_once = submitter_.load(std::memory_order_relaxed) == &sched::current();
        if (!event_only_later_ || !at_once)
            event = event_;
    }
    if (event)
        fs::signal_eventfd(*event, 1);
}

void uring::post(u64 user_data, i32 result, u32 cqe_flags) noexcept {
    {
        sync::lock_guard guard{mutex_};
        write_completion(user_data, result, cqe_flags);
        ++completions_;
    }
    expire_counted();
    tell_waiters();
}

u32 uring::poll(vfs::poll_registration* w) noexcept {
    if (w)
        w->subscribe(cq_wait_);
    u32 events = 0;
    if (available() != 0 || overflowed_.load(std::memory_order_acquire) || ready_.has_pushed())
        events |= vfs::poll_in | vfs::poll_rdnorm;
    if (queued_entries() < sq_entries_)
        events |= vfs::poll_out | vfs::poll_wrnorm;
    return events;
}

void uring::push_ready(uring_request& r) noexcept {
    (void)ready_.push(r);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (waiters_.load(std::memory_order_relaxed) != 0) {
        cq_wait_.wake_all(vfs::poll_in | vfs::poll_rdnorm);
        return;
    }
    if (drain_queued_.exchange(true, std::memory_order_acq_rel))
        return;
    add_ref();
    pool_->push(*this);
}

void uring::run() noexcept {
    const auto self = refptr<uring>::adopt(this);
    drain_queued_.store(false, std::memory_order_release);
    drain();
}

void uring::drain() noexcept {
    if (ready_.empty() && !ready_.has_pushed())
        return;
    sync::lock_guard guard{draining_};
    while (uring_request* r = ready_.pop()) {
        bool cancelled;
        {
            sync::lock_guard of_ring{mutex_};
            r->where = uring_request::stage::issuing;
            cancelled = r->cancelled;
        }
        if (cancelled)
            finish(*r, reply{errc::canceled}.value());
        else
            r->begun ? r->issue() : begin(*r);
    }
}

result<void> uring::wait(u32 least, instant deadline) noexcept {
    result<void> outcome{};
    if (least > cq_entries_)
        least = cq_entries_;
    waiters_.fetch_add(1);
    for (;;) {
        drain();
        flush_overflow();
        if (available() >= least || closing_.load(std::memory_order_acquire))
            break;
        outcome = cq_wait_.wait(
            [&] {
                return available() >= least || ready_.has_pushed() ||
                       closing_.load(std::memory_order_acquire);
            },
            sched::wait_mode::interruptible, deadline);
        if (!outcome) {
            if (available() >= least)
                outcome = {};
            break;
        }
    }
    waiters_.fetch_sub(1);
    // What was left to this thread as to a waiter
    if (ready_.has_pushed())
        drain();
    if (!outcome)
        return outcome.error() == errc::timed_out ? errc::timer_expired : outcome.error();
    return {};
}

void uring::wait_for_room() noexcept {
    constexpr duration step = duration::milliseconds(1);
    while (queued_entries() == sq_entries_ && poller_runs_.load(std::memory_order_acquire))
        if (!sched::sleep_until(sched::monotonic_now() + step))
            return;
}

}  // namespace osprey::abi
