// SPDX-License-Identifier: BSD-3-Clause
#include <base/heap.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>
#include <trace/tracepoint.hh>
#include <vfs/poll.hh>

namespace osprey::vfs {

namespace {

/// One poll(2) in progress: its subscriptions, and whether anything happened since the last look.
class poll_wait final : public poll_registration {
public:
    ~poll_wait() {
        for (block* b = &first_; b; b = b->next)
            for (usize i = 0; i < b->used; ++i)
                b->entries()[i].queue->remove(b->entries()[i]);
        for (block* b = first_.next; b;) {
            block* next = b->next;
            for (usize i = 0; i < b->used; ++i)
                b->entries()[i].~entry();
            delete b;
            b = next;
        }
    }

    void subscribe(sync::wait_queue& queue) noexcept override {
        if (last_->used == block::capacity) {
            auto* more = new (std::nothrow) block;
            if (!more) {
                out_of_memory_ = true;
                return;
            }
            last_->next = more;
            last_ = more;
        }
        auto* e = ::new (static_cast<void*>(last_->entries() + last_->used)) entry{*this, queue};
        ++last_->used;
        queue.add(*e);
    }

    [[nodiscard]] bool out_of_memory() const noexcept { return out_of_memory_; }
    void rearm() noexcept { happened_.store(false, std::memory_order_relaxed); }

    result<void> wait(instant deadline) noexcept {
        return sched::wait_until([this] { return happened_.load(std::memory_order_acquire); },
                                 sched::wait_mode::interruptible, deadline);
    }

private:
    struct entry : sync::waiter {
        entry(poll_wait& w, sync::wait_queue& q) noexcept : waiter{&woken}, owner{&w}, queue{&q} {}
        poll_wait* owner;
        sync::wait_queue* queue;
    };
    struct block {
        static constexpr usize capacity = 8;
        entry* entries() noexcept { return reinterpret_cast<entry*>(room); }
        block* next = nullptr;
        usize used = 0;
        alignas(entry) unsigned char room[capacity * sizeof(entry)];
    };
    static void woken(sync::waiter& self, u32) noexcept {
        poll_wait& w = *static_cast<entry&>(self).owner;
        if (!w.happened_.exchange(true, std::memory_order_release))
            sched::wake(w.thread_);
    }

    sched::thread& thread_ = sched::current();
    std::atomic<bool> happened_{false};
    bool out_of_memory_ = false;
    block first_;
    block* last_ = &first_;
};

usize look(poll_request* requests, usize count, poll_wait* w) noexcept {
    usize ready = 0;
    for (usize i = 0; i < count; ++i) {
        poll_request& r = requests[i];
        r.happened = 0;
        if (!r.target)
            continue;
        // Once something is ready nobody will wait, so the rest need not subscribe.
        r.happened =
            r.target->poll(ready ? nullptr : w) & (r.wanted | poll_err | poll_hup | poll_nval);
        ready += r.happened != 0;
    }
    return ready;
}

}  // namespace

TRACEPOINT(poll, poll, u64 count, u64 deadline);
result<usize> poll_files(poll_request* requests, usize count, instant deadline) noexcept {
    TRACE(poll, count, deadline.ns);
    usize ready = look(requests, count, nullptr);
    if (ready != 0 || deadline <= sched::monotonic_now())
        return ready;
    poll_wait w;
    ready = look(requests, count, &w);
    for (;;) {
        if (ready != 0)
            return ready;
        if (w.out_of_memory())
            return errc::out_of_memory;
        auto woken = w.wait(deadline);
        w.rearm();
        ready = look(requests, count, nullptr);
        if (!woken && ready == 0)
            return woken.error() == errc::timed_out ? result<usize>{usize{0}} : woken.error();
    }
}

}  // namespace osprey::vfs
