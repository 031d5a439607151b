// SPDX-License-Identifier: BSD-3-Clause
#include <memory/frame.hh>
#include <net/protocol.hh>
#include <net/settings.hh>
#include <net/tcp/passive.hh>
#include <net/tcp/ports.hh>
#include <net/tcp/reply.hh>
#include <net/tcp/time_wait.hh>
#include <sched/clock.hh>

namespace osprey::net::tcp {

namespace {

constexpr duration lifetime = duration::seconds(60);
constexpr duration reuse_after = duration::seconds(1);
constexpr u32 least_limit = 4096, pages_each = 2;

/// net.ipv4.tcp_max_tw_buckets, or what memory allows.
u32 limit() noexcept {
    if (const u32 set = net::settings().tcp_max_tw_buckets.load(std::memory_order_relaxed))
        return set;
    static const u32 most = [] {
        const u64 by_memory = memory::get_statistics().total / pages_each;
        return static_cast<u32>(by_memory < least_limit ? least_limit
                                : by_memory > 262144    ? 262144
                                                        : by_memory);
    }();
    return most;
}

/// All of them, the first to expire in front: every one lives for the same time.
class ring {
public:
    constexpr ring() noexcept = default;
    bool add(time_wait& t) noexcept {
        sync::lock_guard guard{mutex_};
        if (count_ >= limit())
            return false;
        ++count_;
        t.add_ref();
        t.expires = sched::monotonic_now() + lifetime;
        list_.push_back(t);
        if (!armed_) {
            armed_ = true;
            timer_.arm(t.expires);
        }
        return true;
    }
    /// @return whether it was in it.
    bool remove(time_wait& t) noexcept {
        {
            sync::lock_guard guard{mutex_};
            if (!t.hook.linked())
                return false;
            list_.remove(t);
            --count_;
        }
        t.drop_ref();
        return true;
    }
    void renew(time_wait& t) noexcept {
        sync::lock_guard guard{mutex_};
        if (!t.hook.linked())
            return;
        list_.remove(t);
        t.expires = sched::monotonic_now() + lifetime;
        list_.push_back(t);
    }
    template <typename F>
    auto with(F&& f) noexcept {
        sync::lock_guard guard{mutex_};
        return f();
    }

private:
    time_wait* take_expired(instant now) noexcept {
        sync::lock_guard guard{mutex_};
        time_wait* t = list_.front();
        if (t && t->expires <= now) {
            list_.remove(*t);
            --count_;
            return t;
        }
        armed_ = t != nullptr;
        if (t)  // not for each of them: a second's worth at a time
            timer_.arm(t->expires + duration::milliseconds(500));
        return nullptr;
    }
    void expire() noexcept {
        const instant now = sched::monotonic_now();
        while (time_wait* t = take_expired(now)) {
            flows().remove(*t);
            ports().release(t->held);
            t->held = nullptr;
            t->drop_ref();
        }
    }
    static void fired(sched::timer&) noexcept;

    sync::mutex mutex_{sync::lock_rank::network_configuration};
    intrusive_list<time_wait, &time_wait::hook> list_;
    u32 count_ = 0;
    bool armed_ = false;
    sched::timer timer_{fired};
};
/// Never destroyed: nobody could.
union immortal_ring {
    constexpr immortal_ring() noexcept : ring_{} {}
    ~immortal_ring() {}
    ring ring_;
};
constinit immortal_ring place;
constexpr ring& waiting = place.ring_;

void ring::fired(sched::timer&) noexcept {
    waiting.expire();
}

}  // namespace

time_wait::~time_wait() = default;

bool time_wait::remove() noexcept {
    if (!waiting.remove(*this))
        return false;  // its time has come on another CPU
    flows().remove(*this);
    ports().release(held);
    held = nullptr;
    return true;
}

state time_wait::current(instant& ends) const noexcept {
    return waiting.with([&]() noexcept {
        ends = expires;
        return last.waits_for_fin ? state::fin_wait_2 : state::time_wait;
    });
}

bool time_wait::reusable(instant now) const noexcept {
    return last.timestamps && !last.waits_for_fin &&
           expires + duration{-lifetime.ns} + reuse_after <= now;
}

packet_ptr time_wait::input(packet_ptr p, sequence_number& start) noexcept {
    const packet_ptr whole = p->clone();
    segment s;
    if (!whole || !checksum_is_right(*p) || !take_header(*p, s))
        return {};
    const auto verdict = waiting.with([&]() noexcept { return last.look(s); });
    switch (verdict) {
        case last_state::verdict::acknowledge:
            waiting.renew(*this);
            [[fallthrough]];
        case last_state::verdict::answer:
            if (packet_ptr answer =
                    last.make_acknowledgement(key, timestamp_clock(sched::monotonic_now())))
                send_reply(static_cast<packet_ptr&&>(answer), device);
            break;
        case last_state::verdict::reset:
            if (packet_ptr answer = make_reset(*p, s))
                send_reply(static_cast<packet_ptr&&>(answer), device);
            (void)remove();
            break;
        case last_state::verdict::forget:
            (void)remove();
            break;
        case last_state::verdict::reopen:
            start = last.reopening_sequence();
            if (remove()) {
                packet_ptr again = whole->clone();
                return again;
            }
            break;
        case last_state::verdict::drop:
            break;
    }
    return {};
}

bool leave_last_state(endpoint_state& e, const connection& c) noexcept {
    if (!e.listed)
        return false;
    auto made = make_ref<time_wait>();
    if (!made)
        return false;
    time_wait& t = **made;
    t.key = e.key;
    t.hash = e.hash;
    t.last = last_state::of(c);
    t.device = e.device;
    t.hop_limit = e.hop_limit;
    t.family = e.family;
    t.held = e.held;
    if (!waiting.add(t))
        return false;
    if (!flows().replace(e, t)) {
        t.held = nullptr;
        (void)waiting.remove(t);
        return false;
    }
    e.held = nullptr;
    return true;
}

}  // namespace osprey::net::tcp
