// SPDX-License-Identifier: BSD-3-Clause
// The states of one neighbour (RFC 4861 §7.3.3), the same for ARP.
#include <net/ethernet.hh>
#include <net/neighbour_cache.hh>
#include <sync/random_pool.hh>
#include <trace/tracepoint.hh>

namespace osprey::net {
namespace {

bool goes_at_once(neighbour_state s) noexcept {
    return s == neighbour_state::reachable || s == neighbour_state::delay ||
           s == neighbour_state::probe || s == neighbour_state::permanent;
}

bool knows_mac(neighbour_state s) noexcept {
    return goes_at_once(s) || s == neighbour_state::stale;
}

u64 word_of(const mac_address& m) noexcept {
    u64 word = 0;
    std::memcpy(&word, m.bytes, sizeof m.bytes);
    return word | u64{1} << 56;
}

/// Between half and one and a half of the base value, so that machines do not act in step.
duration reachable_for() noexcept {
    const i64 half = reachable_time.ns / 2;
    return duration{half + static_cast<i64>(random_number() % static_cast<u64>(2 * half))};
}

instant next_look(neighbour_state s, instant now) noexcept {
    switch (s) {
        case neighbour_state::incomplete:
        case neighbour_state::probe:
            return now + retransmit_time;
        case neighbour_state::delay:
            return now + delay_first_probe;
        case neighbour_state::reachable:
            return now + reachable_for();
        default:
            return instant::never();
    }
}

}  // namespace

TRACEPOINT(net, neighbour_state, u32 state);
void neighbour_access::set_state(neighbour& n, neighbour_state s, instant now) noexcept {
    TRACE(neighbour_state, static_cast<u32>(s));
    n.state_ = s;
    n.asked_ = 0;
    n.deadline_ = next_look(s, now);
    n.confirmed_.store(false, std::memory_order_relaxed);
    n.ready_.store(goes_at_once(s) ? word_of(n.mac_) : 0, std::memory_order_relaxed);
}

neighbour_entry neighbour_access::entry_of(const neighbour& n) noexcept {
    return {&n.device_, n.address_, n.mac_, n.state_, n.router_};
}

void neighbour_access::ask(neighbour& n, neighbour_work& work, instant now) noexcept {
    ++n.asked_;
    n.deadline_ = now + retransmit_time;
    work.who = refptr<neighbour>{&n};
    work.ask = true;
    work.ask_directly = n.state_ == neighbour_state::probe;
    work.mac = n.mac_;
}

void neighbour_access::queue(neighbour& n, packet_ptr p, u16 ether_type) noexcept {
    p->ether_type = ether_type;
    n.waiting_.push_back(std::move(p));
    if (n.waiting_.size() > most_waiting)
        (void)n.waiting_.pop_front();
}

/// A packet is to be sent and `ready` was zero.
void neighbour_access::use(neighbour& n, packet_ptr p, u16 ether_type, neighbour_work& work,
                           instant now) noexcept {
    if (!n.listed_)
        return;  // removed: whoever still has it looks his route up again soon
    n.used_ = now;
    work.who = refptr<neighbour>{&n};
    if (knows_mac(n.state_)) {
        if (n.state_ == neighbour_state::stale)
            set_state(n, neighbour_state::delay, now);
        p->ether_type = ether_type;
        work.mac = n.mac_;
        work.ready.push_back(std::move(p));
        return;
    }
    queue(n, std::move(p), ether_type);
    if (n.state_ == neighbour_state::incomplete)
        return;
    set_state(n, neighbour_state::incomplete, now);
    ask(n, work, now);
}

void neighbour_access::hear(neighbour& n, const neighbour_message& m, neighbour_work& work,
                            instant now) noexcept {
    if (n.state_ == neighbour_state::permanent)
        return;
    const bool known = knows_mac(n.state_);
    const bool differs = m.has_mac && (!known || n.mac_ != m.mac);
    work.who = refptr<neighbour>{&n};
    if (m.news == neighbour_news::request) {
        if (!differs)
            return;
        n.mac_ = m.mac;
        set_state(n, neighbour_state::stale, now);
    } else if (!known) {
        if (n.state_ != neighbour_state::incomplete || !m.has_mac)
            return;
        n.mac_ = m.mac;
        n.router_ = m.router;
        const bool answered = m.news == neighbour_news::answer;
        set_state(n, answered ? neighbour_state::reachable : neighbour_state::stale, now);
    } else {
        if (differs && !m.override) {
            if (n.state_ == neighbour_state::reachable)
                set_state(n, neighbour_state::stale, now);
            return;
        }
        if (differs)
            n.mac_ = m.mac;
        n.router_ = m.router;
        if (m.news == neighbour_news::answer)
            set_state(n, neighbour_state::reachable, now);
        else if (differs)
            set_state(n, neighbour_state::stale, now);
    }
    if (!n.waiting_.empty() && n.state_ == neighbour_state::stale)
        set_state(n, neighbour_state::delay, now);  // they use him at once
    work.mac = n.mac_;
    while (packet_ptr p = n.waiting_.pop_front())
        work.ready.push_back(std::move(p));
    work.tell = true;
    work.entry = entry_of(n);
}

TRACEPOINT(net, neighbour_timeout, trace::address neighbour);
void neighbour_access::time_out(neighbour& n, neighbour_work& work, instant now) noexcept {
    TRACE(neighbour_timeout, &n);
    const bool alive = n.confirmed_.load(std::memory_order_relaxed);
    switch (n.state_) {
        case neighbour_state::reachable:
            set_state(n, alive ? neighbour_state::reachable : neighbour_state::stale, now);
            return;
        case neighbour_state::delay:
        case neighbour_state::probe:
            if (alive) {
                set_state(n, neighbour_state::reachable, now);
                return;
            }
            if (n.state_ == neighbour_state::delay)
                set_state(n, neighbour_state::probe, now);
            break;
        case neighbour_state::incomplete:
            break;
        default:
            n.deadline_ = instant::never();
            return;
    }
    if (n.asked_ < most_questions) {
        ask(n, work, now);
        return;
    }
    set_state(n, neighbour_state::failed, now);
    work.who = refptr<neighbour>{&n};
    while (packet_ptr p = n.waiting_.pop_front())
        work.failed.push_back(std::move(p));
    work.tell = true;
    work.entry = entry_of(n);
}

bool neighbour_access::evictable(const neighbour& n, instant now) noexcept {
    const bool idle = n.state_ == neighbour_state::stale || n.state_ == neighbour_state::failed ||
                      n.state_ == neighbour_state::none;
    return idle && n.reference_count() == 1 && n.used_ + unused_time <= now;
}

void neighbour_access::set(neighbour& n, mac_address mac, neighbour_state s, neighbour_work& work,
                           instant now) noexcept {
    n.mac_ = mac;
    n.used_ = now;
    set_state(n, s, now);
    work.who = refptr<neighbour>{&n};
    work.mac = mac;
    if (goes_at_once(s))
        while (packet_ptr p = n.waiting_.pop_front())
            work.ready.push_back(std::move(p));
    work.tell = true;
    work.entry = entry_of(n);
}

void neighbour_access::unlist(neighbour& n, neighbour_work& work) noexcept {
    work.entry = entry_of(n);
    work.entry.state = neighbour_state::failed;
    n.listed_ = false;
    n.state_ = neighbour_state::none;
    n.deadline_ = instant::never();
    n.ready_.store(0, std::memory_order_relaxed);
    n.waiting_.clear();
    work.tell = work.gone = true;
}

}  // namespace osprey::net
