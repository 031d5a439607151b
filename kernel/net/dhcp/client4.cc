// SPDX-License-Identifier: BSD-3-Clause
#include <bit>
#include <net/dhcp/client4.hh>

namespace osprey::net {

namespace {
/// RFC 2131 §4.1 has 4 s; a machine that boots in milliseconds asks again earlier.
constexpr duration first_retry = duration::seconds(1);
constexpr u8 most_doublings = 6;                                    // 64 s
constexpr u8 request_attempts = 5;                                  // then the offer is given up
constexpr duration least_renewal_interval = duration::seconds(60);  // §4.4.5
constexpr duration pause_after_decline = duration::seconds(10);     // §3.1.5
constexpr u32 infinite = ~u32{0};
}  // namespace

u8 dhcp4_lease::prefix() const noexcept {
    return static_cast<u8>(std::countl_one(offer.mask));
}

void dhcp4_client::start(instant now) noexcept {
    if (state_ == state::idle)
        begin(now);
}

void dhcp4_client::begin(instant now) noexcept {
    state_ = state::selecting;
    attempts_ = 0;
    began_ = now;
    transaction_ = host_.random();
    send_again(now);
}

void dhcp4_client::send(dhcp4_type type, instant now) noexcept {
    const bool ours = state_ == state::renewing || state_ == state::rebinding;
    dhcp4_request r{};
    r.type = type;
    r.transaction = transaction_;
    r.seconds = static_cast<u16>((now - began_).ns / 1'000'000'000);
    r.mac = mac_;
    r.host_name = host_.host_name();
    u32 destination = ~u32{0};
    if (type == dhcp4_type::release) {
        r.client_address = lease_.offer.address;
        r.server = lease_.offer.server;
        destination = lease_.offer.server;
    } else if (type == dhcp4_type::decline) {
        r.requested_address = lease_.offer.address;
        r.server = lease_.offer.server;
    } else if (ours) {
        // Neither option 50 nor 54 here (RFC 2131 table 5).
        r.client_address = lease_.offer.address;
        if (state_ == state::renewing)
            destination = lease_.offer.server;
    } else if (type == dhcp4_type::request) {
        r.requested_address = chosen_.address;
        r.server = chosen_.server;
    }
    u8 bytes[dhcp4_most_bytes];
    const usize n = build_dhcp4_request(r, bytes);
    host_.send({bytes, n}, r.client_address, destination);
    asked_ = now;
}

/// Sends what the state asks for, and says when to do it again.
void dhcp4_client::send_again(instant now) noexcept {
    if (state_ == state::renewing || state_ == state::rebinding) {
        send(dhcp4_type::request, now);
        plan_renewal(now, state_ == state::renewing ? lease_.rebind_at : lease_.expires_at);
        return;
    }
    send(state_ == state::selecting ? dhcp4_type::discover : dhcp4_type::request, now);
    const u8 doublings = attempts_ < most_doublings ? attempts_ : most_doublings;
    ++attempts_;
    // Spread, so that machines that started together do not keep asking together.
    const i64 base = first_retry.ns << doublings;
    const i64 spread = static_cast<i64>(host_.random() % 1024) * (base / 4) / 1024;
    deadline_ = now + duration{base - base / 8 + spread};
}

/// Half of what is left, but not more often than once a minute (RFC 2131 §4.4.5).
void dhcp4_client::plan_renewal(instant now, instant next_phase) noexcept {
    const i64 half = (next_phase - now).ns / 2;
    instant again = now + duration{half};
    if (half < least_renewal_interval.ns)
        again = now + least_renewal_interval;
    deadline_ = again < next_phase ? again : next_phase;
}

void dhcp4_client::received(std::span<const u8> message, instant now) noexcept {
    dhcp4_reply r;
    if (!expects_answer() || !parse_dhcp4_reply(message, transaction_, mac_, r))
        return;
    const bool rapid = state_ == state::selecting && r.rapid_commit;  // RFC 4039
    if (r.type == dhcp4_type::offer && state_ == state::selecting) {
        if (r.address == 0 || r.server == 0)
            return;
        chosen_ = r;
        state_ = state::requesting;
        attempts_ = 0;
        send_again(now);
    } else if (r.type == dhcp4_type::ack && (state_ != state::selecting || rapid)) {
        const u32 expected = state_ == state::requesting ? chosen_.address
                             : rapid                     ? r.address
                                                         : lease_.offer.address;
        if (r.address != expected || r.address == 0 || r.lease == 0)
            return;
        if (r.server == 0)
            r.server = state_ == state::requesting ? chosen_.server : lease_.offer.server;
        take(r, now);
    } else if (r.type == dhcp4_type::nak && state_ != state::selecting) {
        if (state_ == state::requesting && r.server != 0 && r.server != chosen_.server)
            return;  // of a server that we did not ask
        if (has_lease())
            lose("the server refused it", now, {});
        else
            begin(now);
    }
}

void dhcp4_client::take(const dhcp4_reply& r, instant now) noexcept {
    const bool is_new = !has_lease();
    lease_.offer = r;
    if (lease_.offer.mask == 0) {
        const u32 top = r.address >> 24;  // the classes of old: nothing better is known
        lease_.offer.mask = top < 128 ? 0xff000000 : top < 192 ? 0xffff0000 : 0xffffff00;
    }
    if (lease_.offer.broadcast == 0)
        lease_.offer.broadcast = r.address | ~lease_.offer.mask;
    state_ = state::bound;
    attempts_ = 0;
    if (r.lease == infinite) {
        lease_.renew_at = lease_.rebind_at = lease_.expires_at = instant::never();
    } else {
        // Times count from the request (§4.4.5): the server may count from there.
        const u64 lease = r.lease;
        u64 rebind = r.rebinding && r.rebinding < lease ? r.rebinding : lease * 7 / 8;
        u64 renew = r.renewal && r.renewal < rebind ? r.renewal : lease / 2;
        if (renew > rebind)
            renew = rebind;
        lease_.renew_at = asked_ + duration::seconds(static_cast<i64>(renew));
        lease_.rebind_at = asked_ + duration::seconds(static_cast<i64>(rebind));
        lease_.expires_at = asked_ + duration::seconds(static_cast<i64>(lease));
    }
    deadline_ = lease_.renew_at;
    (void)now;
    host_.configure(lease_, is_new);
}

void dhcp4_client::lose(std::string_view why, instant now, duration pause) noexcept {
    host_.withdraw(lease_, why);
    state_ = state::waiting;
    if (pause.ns == 0)
        begin(now);
    else
        deadline_ = now + pause;
}

void dhcp4_client::tick(instant now) noexcept {
    if (now < deadline_)
        return;
    switch (state_) {
        case state::idle:
            deadline_ = instant::never();
            break;
        case state::waiting:
            begin(now);
            break;
        case state::selecting:
            send_again(now);
            break;
        case state::requesting:
            if (attempts_ >= request_attempts)
                begin(now);
            else
                send_again(now);
            break;
        case state::bound:
            state_ = state::renewing;
            began_ = now;
            transaction_ = host_.random();
            [[fallthrough]];
        case state::renewing:
        case state::rebinding:
            if (now >= lease_.expires_at)
                return lose("it expired", now, {});
            if (now >= lease_.rebind_at)
                state_ = state::rebinding;
            send_again(now);
            break;
    }
}

void dhcp4_client::conflict(instant now) noexcept {
    if (!has_lease())
        return;
    state_ = state::bound;  // a decline is broadcast, with an empty ciaddr
    send(dhcp4_type::decline, now);
    lose("another machine has it", now, pause_after_decline);
}

void dhcp4_client::stop(std::string_view why) noexcept {
    if (has_lease())
        host_.withdraw(lease_, why);
    state_ = state::idle;
    deadline_ = instant::never();
}

void dhcp4_client::release() noexcept {
    if (has_lease()) {
        send(dhcp4_type::release, asked_);
        host_.withdraw(lease_, "it was given back");
    }
    state_ = state::idle;
    deadline_ = instant::never();
}

}  // namespace osprey::net
