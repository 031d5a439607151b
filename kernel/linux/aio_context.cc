// SPDX-License-Identifier: BSD-3-Clause
//
// Native AIO: the ring of events, and whose requests are under way.
#include <fs/eventfd/eventfd.hh>
#include <linux/aio.hh>
#include <process/task.hh>

namespace osprey::abi {
namespace {

constexpr usize head_at = __builtin_offsetof(abi_aio_ring, head);
constexpr usize tail_at = __builtin_offsetof(abi_aio_ring, tail);

}  // namespace

result<refptr<aio_context>> aio_context::create(u32 events, refptr<async_pool> pool) noexcept {
    auto* made = new (std::nothrow) aio_context{events, std::move(pool)};
    if (!made)
        return errc::out_of_memory;
    auto context = refptr<aio_context>::adopt(made);
    // As Linux: twice as many, since some are kept back for each CPU, two for full and empty, and
    // whatever else fits into the pages.
    constexpr u32 least = 32;
    const usize wanted = usize{events < least ? least : events} * 2 + 2;
    TRY_VOID(context->ring_.create(sizeof(abi_aio_ring) + wanted * sizeof(abi_io_event)));
    context->capacity_ =
        static_cast<u32>((context->ring_.bytes() - sizeof(abi_aio_ring)) / sizeof(abi_io_event));
    context->ring_.at<abi_aio_ring>(0) = {.id = 0,
                                          .count = context->capacity_,
                                          .magic = aio_ring_magic,
                                          .compatible = 1,
                                          .incompatible = 0,
                                          .header_bytes = sizeof(abi_aio_ring)};
    TRY_VOID(context->pool_->enter(*context));
    return context;
}

aio_context::~aio_context() {
    pool_->leave(*this);
}

result<void> aio_context::map() noexcept {
    using memory::protection;
    memory::backing what;
    what.object = ring_.object();
    what.name = TRY(shared_name::create("/[aio] (deleted)"));
    address_ = TRY(sched::current().space->map(
        0, ring_.bytes(), protection::read | protection::write, memory::region_shared,
        memory::placement::anywhere, what, proc::current_process().payer()));
    return {};
}

void aio_context::unmap() noexcept {
    (void)sched::current().space->unmap(address_, ring_.bytes());
}

usize aio_context::event_at(u32 index) const noexcept {
    return sizeof(abi_aio_ring) + usize{index} * sizeof(abi_io_event);
}

/// Events in the ring. The head is the application's word.
u32 aio_context::ready() const noexcept {
    const u32 head = ring_.word(head_at).load(std::memory_order_acquire) % capacity_;
    const u32 tail = tail_.load(std::memory_order_acquire);
    return tail >= head ? tail - head : tail + capacity_ - head;
}

result<void> aio_context::submit(virtual_address where) noexcept {
    auto request = TRY(make_unique<aio_request>(*this));
    {
        sync::lock_guard guard{mutex_};
        if (closing_.load(std::memory_order_relaxed))
            return errc::invalid_argument;
        // Each request has its place in the ring until its event is taken out of it.
        if (under_way_.load(std::memory_order_relaxed) + ready() >= capacity_ - 1)
            return errc::again;
        under_way_.fetch_add(1, std::memory_order_relaxed);
    }
    if (auto loaded = request->load(where); !loaded) {
        if (under_way_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            finished_.wake_all();
        return loaded;
    }
    aio_request& r = *request.release();
    {
        sync::lock_guard guard{mutex_};
        requests_.push_back(r);
    }
    r.start();
    return {};
}

void aio_context::finish(aio_request& r, i64 answer) noexcept {
    refptr<aio_context> keep{this};
    {
        sync::lock_guard guard{mutex_};
        requests_.remove(r);
    }
    {
        sync::lock_guard guard{ring_mutex_};
        const u32 tail = tail_.load(std::memory_order_relaxed);
        ring_.at<abi_io_event>(event_at(tail)) = {r.what_.data, r.where_, answer, 0};
        const u32 next = tail + 1 == capacity_ ? 0 : tail + 1;
        tail_.store(next, std::memory_order_release);
        ring_.word(tail_at).store(next, std::memory_order_release);
    }
    if (r.event_)
        fs::signal_eventfd(*r.event_, 1);
    delete &r;
    under_way_.fetch_sub(1, std::memory_order_acq_rel);
    finished_.wake_all();
}

result<usize> aio_context::take_events(usize most, virtual_address to) noexcept {
    sync::lock_guard guard{reaping_};
    const memory::user_ptr<abi_io_event> events{to};
    u32 head = ring_.word(head_at).load(std::memory_order_acquire) % capacity_;
    usize taken = 0;
    for (u32 left = ready(); left != 0 && taken < most; --left, ++taken) {
        if (!events.at(taken).store(ring_.at<abi_io_event>(event_at(head)))) {
            if (taken == 0)
                return errc::bad_address;
            break;
        }
        head = head + 1 == capacity_ ? 0 : head + 1;
    }
    ring_.word(head_at).store(head, std::memory_order_release);
    return taken;
}

result<usize> aio_context::reap(usize least, usize most, virtual_address to,
                                instant deadline) noexcept {
    const memory::user_ptr<abi_io_event> events{to};
    usize got = 0;
    for (;;) {
        auto more = take_events(most - got, events.at(got).address());
        if (!more)
            return got ? result<usize>{got} : more.error();
        got += *more;
        if (got >= least || got == most)
            return got;
        auto woken = finished_.wait(
            [this] { return ready() != 0 || closing_.load(std::memory_order_acquire); },
            sched::wait_mode::interruptible, deadline);
        if (woken && !closing_.load(std::memory_order_acquire))
            continue;
        if (!woken && woken.error() == errc::interrupted && got == 0)
            return errc::interrupted;
        if (ready() == 0)
            return got;
        least = got + 1;  // time is over or the context closed: what there is
    }
}

errc aio_context::cancel(virtual_address where) noexcept {
    aio_request* found = nullptr;
    {
        sync::lock_guard guard{mutex_};
        for (aio_request& r : requests_)
            if (r.where_ == where && r.cancel()) {
                found = &r;
                break;
            }
    }
    if (!found)
        return errc::invalid_argument;
    finish(*found, 0);
    return errc::in_progress;
}

void aio_context::process_leaves() noexcept {
    for (;;) {
        aio_request* found = nullptr;
        {
            sync::lock_guard guard{mutex_};
            closing_.store(true, std::memory_order_release);
            for (aio_request& r : requests_)
                if (r.cancel()) {
                    found = &r;
                    break;
                }
        }
        if (!found)
            break;
        finish(*found, 0);
    }
    finished_.wake_all();
}

void aio_context::close() noexcept {
    process_leaves();
    (void)finished_.wait([this] { return under_way_.load(std::memory_order_acquire) == 0; },
                         sched::wait_mode::uninterruptible);
}

}  // namespace osprey::abi
