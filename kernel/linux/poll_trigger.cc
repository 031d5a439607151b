// SPDX-License-Identifier: BSD-3-Clause
#include <base/heap.hh>
#include <linux/poll_trigger.hh>

namespace osprey::abi {

void poll_trigger::subscribe(sync::wait_queue& queue) noexcept {
    auto* s = new (std::nothrow) subscription{*this, queue};
    if (!s) {
        out_of_memory_ = true;
        return;
    }
    s->next = subscriptions_;
    subscriptions_ = s;
    queue.add(*s);
}

void poll_trigger::woken(sync::waiter& self, u32 key) noexcept {
    poll_trigger& t = *static_cast<subscription&>(self).owner;
    if (key != 0 && !(key & (t.wanted_ | always)))
        return;
    if (!t.done_.exchange(true, std::memory_order_acq_rel))
        t.fired();
}

result<u32> poll_trigger::arm(vfs::file& f, u32 wanted) noexcept {
    (void)disarm();
    wanted_ = wanted;
    out_of_memory_ = false;
    done_.store(false, std::memory_order_release);
    const u32 now = f.poll(this) & (wanted | always);
    if (now == 0 && !out_of_memory_)
        return 0u;
    // Without events now but with a call of `fired` on its way, that one is the answer.
    if (!disarm())
        return 0u;
    if (out_of_memory_)
        return errc::out_of_memory;
    return now;
}

result<u32> poll_trigger::watch(vfs::file& f, u32 wanted) noexcept {
    wanted_ = wanted;
    out_of_memory_ = false;
    done_.store(false, std::memory_order_seq_cst);  // before the look: what follows it is told
    const u32 now = f.poll(subscriptions_ ? nullptr : this) & (wanted | always);
    if (!out_of_memory_)
        return now;
    (void)disarm();
    return errc::out_of_memory;
}

bool poll_trigger::disarm() noexcept {
    const bool first = !done_.exchange(true, std::memory_order_acq_rel);
    while (subscription* s = subscriptions_) {
        subscriptions_ = s->next;
        s->queue->remove(*s);  // a call under way ends before this returns
        delete s;
    }
    return first;
}

}  // namespace osprey::abi
