// SPDX-License-Identifier: BSD-3-Clause
#include <net/dhcp/client6.hh>

namespace osprey::net {

namespace {
constexpr u32 infinite = ~u32{0};
constexpr duration least_refresh = duration::seconds(600), usual_refresh = duration::seconds(86400);

instant after(instant now, u32 seconds) noexcept {
    return seconds == infinite ? instant::never() : now + duration::seconds(seconds);
}
}  // namespace

dhcp6_client::timing dhcp6_client::timing_of(state s) const noexcept {
    switch (s) {
        case state::soliciting:
            return {duration::seconds(1), most_solicit_time_, 0};
        case state::requesting:
            return {duration::seconds(1), duration::seconds(30), 10};
        case state::renewing:
        case state::rebinding:
            return {duration::seconds(10), duration::seconds(600), 0};
        case state::declining:
            return {duration::seconds(1), duration::seconds(1), 4};
        default:
            return {duration::seconds(1), duration::seconds(3600), 0};
    }
}

void dhcp6_client::enter(state s, instant now) noexcept {
    state_ = s;
    attempts_ = 0;
    began_ = now;
    transaction_ = host_.random() & 0xffffff;
    send(now);
}

void dhcp6_client::want(bool addresses, bool other, instant now) noexcept {
    if (addresses && (state_ == state::idle || state_ == state::asking_information ||
                      state_ == state::informed)) {
        best_preference_ = 0;
        offered_.clear();
        enter(state::soliciting, now);
    } else if (other && !addresses && state_ == state::idle) {
        enter(state::asking_information, now);
    }
}

void dhcp6_client::stop() noexcept {
    lose_all("the link is down");
    state_ = state::idle;
    deadline_ = instant::never();
}

void dhcp6_client::send(instant now) noexcept {
    dhcp6_request r{};
    r.transaction = transaction_;
    const i64 elapsed = (now - began_).ns / 10'000'000;
    r.elapsed = static_cast<u16>(elapsed < 0xffff ? elapsed : 0xffff);
    r.client = &identifier_;
    r.association = association_;
    r.with_association = state_ != state::asking_information;
    const std::span<const dhcp6_address> held{held_, held_count_};
    switch (state_) {
        case state::asking_information:
            r.type = dhcp6_type::information_request;
            break;
        case state::soliciting:
            r.type = dhcp6_type::solicit;
            break;
        case state::requesting:
            r.type = dhcp6_type::request;
            r.server = &server_;
            r.addresses = offered_.all();
            break;
        case state::renewing:
            r.type = dhcp6_type::renew;
            r.server = &server_;
            r.addresses = held;
            break;
        case state::rebinding:
            r.type = dhcp6_type::rebind;
            r.addresses = held;
            break;
        case state::declining:
            r.type = dhcp6_type::decline;
            r.server = &server_;
            r.addresses = offered_.all();
            break;
        default:
            return;
    }
    u8 bytes[dhcp6_most_bytes];
    host_.send({bytes, build_dhcp6_request(r, bytes)});
    // §15: RT doubles, ±10 %; the first solicitation is never early.
    const timing t = timing_of(state_);
    interval_ = attempts_ == 0 ? t.first : duration{interval_.ns * 2};
    if (interval_.ns > t.most.ns)
        interval_ = t.most;
    const i64 tenth = interval_.ns / 10;
    const i64 spread = static_cast<i64>(host_.random() % 1024) * 2 * tenth / 1024;
    const bool never_early = state_ == state::soliciting && attempts_ == 0;
    deadline_ = now + duration{interval_.ns + spread - (never_early ? 0 : tenth)};
    if (attempts_ < 255)
        ++attempts_;
    if (state_ == state::renewing && deadline_ > rebind_at_)
        deadline_ = rebind_at_;
    if (state_ == state::rebinding && deadline_ > expires_at_)
        deadline_ = expires_at_;
}

void dhcp6_client::take_advertisement(const dhcp6_reply& r, instant now) noexcept {
    if (r.most_solicit_time >= 60 && r.most_solicit_time <= 86400)
        most_solicit_time_ = duration::seconds(r.most_solicit_time);
    if (!r.has_ia || r.addresses.empty() || r.status != 0 || r.ia_status != 0)
        return;
    if (offered_.empty() || r.preference > best_preference_) {
        offered_ = r.addresses;
        server_ = r.server;
        best_preference_ = r.preference;
    }
    // The first answer is taken at once after the first round, or when nobody can beat it
    // (§18.2.1); a machine that boots does not wait for others to better it.
    enter(state::requesting, now);
}

void dhcp6_client::take_addresses(const dhcp6_reply& r, instant now) noexcept {
    server_ = r.server;
    u32 shortest = infinite;
    instant last{};
    for (const dhcp6_address& a : r.addresses.all()) {
        usize at = 0;
        while (at < held_count_ && held_[at].address != a.address)
            ++at;
        if (a.valid == 0) {
            if (at < held_count_) {
                held_[at] = held_[--held_count_];
                held_until_[at] = held_until_[held_count_];
                host_.remove_address(a.address, "the server took it back");
            }
            continue;
        }
        if (at == 4)
            continue;
        if (at == held_count_)
            ++held_count_;
        held_[at] = a;
        held_until_[at] = after(now, a.valid);
        host_.add_address(a, after(now, a.preferred), held_until_[at]);
        shortest = a.preferred < shortest ? a.preferred : shortest;
        last = held_until_[at] > last ? held_until_[at] : last;
    }
    if (held_count_ == 0)
        return enter(state::soliciting, now);
    state_ = state::bound;
    expires_at_ = last;
    if (shortest == infinite && r.t1 == 0) {
        renew_at_ = rebind_at_ = instant::never();
    } else {
        // §14.2: half and four fifths of the shortest preferred lifetime, when left to us.
        const u32 t1 = r.t1 ? r.t1 : shortest / 2;
        const u32 t2 = r.t2 ? r.t2 : static_cast<u32>(u64{shortest} * 4 / 5);
        renew_at_ = after(now, t1 ? t1 : 1);
        rebind_at_ = after(now, t2 > t1 ? t2 : t1 + 1);
    }
    deadline_ = renew_at_ < expires_at_ ? renew_at_ : expires_at_;
}

void dhcp6_client::received(std::span<const u8> message, instant now) noexcept {
    dhcp6_reply r;
    if (state_ == state::idle || state_ == state::informed || state_ == state::bound ||
        !parse_dhcp6_reply(message, transaction_, identifier_, association_, r))
        return;
    if (r.type == dhcp6_type::advertise) {
        if (state_ == state::soliciting)
            take_advertisement(r, now);
        return;
    }
    switch (state_) {
        case state::asking_information: {
            host_.names_changed(r);
            state_ = state::informed;
            duration refresh = r.refresh == 0 ? usual_refresh : duration::seconds(r.refresh);
            if (refresh < least_refresh)
                refresh = least_refresh;
            deadline_ = r.refresh == infinite ? instant::never() : now + refresh;
            return;
        }
        case state::soliciting:
            if (!r.rapid_commit)
                return;
            break;
        case state::declining:
            enter(state::soliciting, now);
            return;
        default:
            break;
    }
    if (r.ia_status == dhcp6_no_binding && holds_lease()) {
        // The server forgot us: ask for the same again (§18.2.10.1).
        offered_.clear();
        for (usize i = 0; i < held_count_; ++i)
            offered_.add(held_[i]);
        server_ = r.server;
        return enter(state::requesting, now);
    }
    if (r.status != 0 || r.ia_status != 0 || !r.has_ia || r.addresses.empty()) {
        if (state_ == state::requesting)
            enter(state::soliciting, now);
        return;
    }
    take_addresses(r, now);
    if (state_ == state::bound)
        host_.names_changed(r);
}

void dhcp6_client::duplicate(const ip_address& a, instant now) noexcept {
    for (usize i = 0; i < held_count_; ++i)
        if (held_[i].address == a) {
            offered_.clear();
            offered_.add(held_[i]);
            held_[i] = held_[--held_count_];
            held_until_[i] = held_until_[held_count_];
            return enter(state::declining, now);
        }
}

void dhcp6_client::lose_all(std::string_view why) noexcept {
    while (held_count_ != 0)
        host_.remove_address(held_[--held_count_].address, why);
}

void dhcp6_client::tick(instant now) noexcept {
    if (now < deadline_)
        return;
    const timing t = timing_of(state_);
    if (t.attempts != 0 && attempts_ >= t.attempts)
        return enter(state::soliciting, now);
    switch (state_) {
        case state::idle:
            deadline_ = instant::never();
            return;
        case state::informed:
            return enter(state::asking_information, now);
        case state::bound:
        case state::renewing:
        case state::rebinding:
            if (now >= expires_at_) {
                lose_all("it expired");
                return enter(state::soliciting, now);
            }
            if (now >= rebind_at_ && state_ != state::rebinding)
                return enter(state::rebinding, now);
            if (state_ == state::bound)
                return enter(state::renewing, now);
            [[fallthrough]];
        default:
            send(now);
    }
}

}  // namespace osprey::net
