// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/abi/uring.hh>
#include <linux/uring/buffers.hh>
#include <linux/uring/request.hh>

/// io_uring(7).
namespace osprey::abi {

/// What io_uring_setup(2) makes: two rings shared with the application, the requests taken from
/// the one whose completions are not in the other yet, and what was registered.
///
/// A request is tried at once in the thread that submits it, without waiting (sched::attempt). If
/// it would wait, a poll trigger waits for the file in its place; when that fires, the request goes
/// to the ready list and is tried again, by a thread that waits for completions if there is one, by
/// a task of the process's pool otherwise. What no poll can wait for goes to the pool whole.
///
/// Locking: `submitting_` serialises who takes requests in; `draining_` who takes from the ready
/// list; `mutex_` guards the list of requests, their stages and the end of the completion ring. In
/// this order; `files_mutex_` and the one of `buffers` are taken alone.
class uring final : public ref_counted<uring>, public async_user, private async_work {
public:
    /// Fills in the offsets and features of `p`. @return `errc::out_of_memory`.
    static result<refptr<uring>> create(abi_uring_parameters& p, refptr<async_pool> pool) noexcept;
    ~uring();

    /// io_uring_enter(2): takes up to `count` requests in. @return how many were taken.
    result<u32> submit(u32 count) noexcept;
    /// Waits for `least` completions. @return `errc::interrupted`, `errc::timer_expired`.
    result<void> wait(u32 least, instant deadline) noexcept;
    /// Wakes the thread of IORING_SETUP_SQPOLL.
    void wake_poller() noexcept { sq_wait_.wake_all(); }
    void wait_for_room() noexcept;
    [[nodiscard]] u32 setup_flags() const noexcept { return flags_; }
    [[nodiscard]] bool enabled() const noexcept { return enabled_.load(); }
    void enable() noexcept;
    result<void> start_poller(u32 idle_ms) noexcept;

    /// mmap(2) of the ring's descriptor.
    [[nodiscard]] const shared_pages& rings() const noexcept { return rings_; }
    [[nodiscard]] const shared_pages& entries() const noexcept { return sqes_; }
    u32 poll(vfs::poll_registration* w) noexcept;

    /// The end of a request, which is freed, with a completion and whatever was linked to it.
    void finish(uring_request& r, i64 answer, u32 cqe_flags = 0) noexcept;
    /// A completion of a request that goes on, or a message of another ring.
    void post(u64 user_data, i32 result, u32 cqe_flags) noexcept;
    /// From anywhere: `r` can go on.
    void push_ready(uring_request& r) noexcept;
    /// Arms `r` to go on when its file has one of `events`.
    /// @return false: it was cancelled, or there is something already: the caller goes on.
    bool arm(uring_request& r, u32 events) noexcept;
    /// Tells of the events of a multishot poll and of those to come. The request belongs to the
    /// ring then.
    void watch(uring_request& r) noexcept;
    /// Lets a request wait for its own time.
    void start_timer(uring_request& r, instant deadline) noexcept;
    /// The same, but `count` completions from now are enough.
    void start_counted(uring_request& r, instant deadline, u32 count) noexcept;
    void to_pool(uring_request& r) noexcept;
    /// A task of the pool begins and ends with `r`. @return false: it was cancelled meanwhile.
    bool begin_work(uring_request& r) noexcept;
    bool end_work(uring_request& r) noexcept;

    /// Which requests a cancellation means.
    struct selection {
        u64 user_data = 0;
        const vfs::file* file = nullptr;  // in place of user_data
        bool any = false, all = false;
        i32 opcode = -1;  // -1: whichever
        const uring_request* except = nullptr;
        [[nodiscard]] bool matches(const uring_request& r) const noexcept;
    };
    /// @return how many were cancelled; `errc::no_entry`, `errc::already_in_progress`.
    result<u32> cancel(const selection& s) noexcept;
    /// POLL_REMOVE with an update. @return `errc::no_entry`, `errc::already_in_progress`.
    result<void> update_poll(u64 user_data, const u64* new_user_data, const u32* events,
                             u32 how) noexcept;
    result<void> update_timeout(u64 user_data, instant deadline, bool linked) noexcept;

    // What was registered
    result<refptr<vfs::file>> fixed_file(u32 index) noexcept;
    result<void> register_files(vector<refptr<vfs::file>>&& files) noexcept;
    result<void> unregister_files() noexcept;
    /// @return the slot; `errc::no_device_or_address` (no table), `errc::invalid_argument`,
    /// `errc::too_many_files_system` (no free slot).
    result<u32> install_fixed(u32 slot, refptr<vfs::file> file) noexcept;
    result<void> remove_fixed(u32 slot) noexcept;
    result<void> set_index_range(u32 first, u32 count) noexcept;
    result<void> register_event(refptr<vfs::file> event, bool only_later) noexcept;
    result<void> unregister_event() noexcept;
    uring_buffers buffers;
    std::atomic<u32> bounded_workers{0}, unbounded_workers{0};

    void process_leaves() noexcept override;
    /// The descriptor is closed for good.
    void close() noexcept;

private:
    friend class ref_counted<uring>;
    friend class uring_request;
    uring(u32 flags, refptr<async_pool> pool) noexcept : flags_{flags}, pool_{std::move(pool)} {}
    result<void> lay_out(abi_uring_parameters& p) noexcept;

    void run() noexcept override;  // drains the ready list in the pool
    void drain() noexcept;
    uring_request* load_next(bool& stop) noexcept;
    void dispatch(uring_request& head) noexcept;
    void begin(uring_request& head) noexcept;
    void cancel_links(uring_request* first) noexcept;
    void write_completion(u64 user_data, i32 result, u32 cqe_flags) noexcept;
    void flush_overflow() noexcept;
    void expire_counted() noexcept;
    void start_deferred() noexcept;
    void count_in(uring_request& r) noexcept { under_way_ += !std::exchange(r.counted_in, true); }
    void tell_waiters() noexcept;
    [[nodiscard]] u32 available() const noexcept;
    [[nodiscard]] u32 queued_entries() const noexcept;
    static void poller_entry(void* self) noexcept;
    void poll_entries() noexcept;
    void stop_poller() noexcept;
    static void timer_fired(uring_request& r) noexcept;

    const u32 flags_;
    refptr<async_pool> pool_;
    shared_pages rings_, sqes_;
    u32 sq_entries_ = 0, cq_entries_ = 0;
    usize array_at_ = 0, cqes_at_ = 0;
    u32 sqe_bytes_ = 64, cqe_bytes_ = 16;
    std::atomic<bool> enabled_{true}, closing_{false};

    sync::mutex submitting_;
    u32 sq_head_ = 0;  // the application sees a copy
    std::atomic<sched::thread*> submitter_{nullptr};

    sync::mutex draining_;
    mpsc_queue<uring_request, &uring_request::next_ready> ready_;
    std::atomic<u32> waiters_{0};
    std::atomic<bool> drain_queued_{false};

    sync::mutex mutex_;
    intrusive_list<uring_request, &uring_request::hook> active_, deferred_;
    u32 under_way_ = 0;         // begun, or next in a chain, and not finished
    u32 counted_timeouts_ = 0;  // that wait for a number of completions
    u32 cq_tail_ = 0, completions_ = 0;
    vector<abi_uring_cqe> overflow_;
    std::atomic<bool> overflowed_{false};
    std::atomic<u32> cq_tail_seen_{0};  // `cq_tail_` for those who only look

    sync::mutex files_mutex_;
    vector<refptr<vfs::file>> files_;
    bool has_files_ = false;
    u32 range_first_ = 0, range_end_ = 0;
    refptr<vfs::file> event_;
    bool event_only_later_ = false;
    std::atomic<bool> has_event_{false};

    sync::wait_queue cq_wait_{sync::lock_rank::none}, sq_wait_{sync::lock_rank::none},
        poller_ended_;
    std::atomic<bool> poller_stops_{false}, poller_runs_{false};
    u32 poller_idle_ms_ = 0;
};

/// Replaces registered files from `offset` on. @return how many; the error of the first.
result<u32> update_registered_files(uring& ring, u64 descriptors, u32 offset, u32 count) noexcept;
/// The ring behind an open file. `f.is_uring()` holds.
uring& uring_of(vfs::file& f) noexcept;
result<refptr<vfs::file>> make_uring_file(refptr<uring> ring) noexcept;

}  // namespace osprey::abi
