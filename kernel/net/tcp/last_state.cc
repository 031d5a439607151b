// SPDX-License-Identifier: BSD-3-Clause
#include <net/tcp/last_state.hh>

namespace osprey::net::tcp {

last_state last_state::of(const connection& c) noexcept {
    last_state l;
    l.send_next = c.send_next();
    l.receive_next = c.receive_next();
    l.window = c.receive_window();
    l.recent_timestamp = c.recent_timestamp();
    l.timestamp_offset = c.timestamp_offset();
    l.scale = c.receive_scale();
    l.timestamps = c.uses_timestamps();
    l.waits_for_fin = c.current() == state::fin_wait_2;
    return l;
}

last_state::verdict last_state::look(const segment& s) noexcept {
    const bool stamped = timestamps && s.options.has_timestamp;
    const bool old = stamped && before(s.options.timestamp, recent_timestamp);
    if (s.has(flag_syn) && !s.has(flag_rst | flag_ack) && !waits_for_fin && !old &&
        (after(s.sequence, receive_next) ||
         (stamped && after(s.options.timestamp, recent_timestamp))))
        return verdict::reopen;
    if (s.has(flag_rst))
        return !old && s.sequence == receive_next ? verdict::forget : verdict::drop;
    if (old)
        return verdict::answer;
    const bool acceptable =
        not_before(s.end(), receive_next) && not_after(s.sequence, receive_next + window);
    if (!acceptable)
        return s.length() ? verdict::acknowledge : verdict::answer;
    if (s.has(flag_syn))
        return verdict::answer;
    if (!s.has(flag_ack))
        return verdict::drop;
    if (stamped && not_after(s.sequence, receive_next))
        recent_timestamp = s.options.timestamp;
    if (!waits_for_fin)
        return s.length() ? verdict::acknowledge : verdict::drop;
    if (s.payload && after(s.sequence + s.payload, receive_next))
        return verdict::reset;
    if (!s.has(flag_fin))
        return verdict::drop;
    if (s.end() != receive_next + 1)
        return verdict::answer;
    ++receive_next;
    waits_for_fin = false;
    return verdict::acknowledge;
}

packet_ptr last_state::make_acknowledgement(const flow_key& f, u32 timestamp) const noexcept {
    packet_ptr p = packet::make();
    if (!p)
        return p;
    header_fields h;
    h.source_port = f.local_port;
    h.destination_port = f.remote_port;
    h.sequence = send_next;
    h.acknowledgement = receive_next;
    h.flags = flag_ack;
    h.window = static_cast<u16>(window >> scale);
    segment_options o;
    if (timestamps) {
        o.has_timestamp = true;
        o.timestamp = timestamp + timestamp_offset;
        o.timestamp_echo = recent_timestamp;
    }
    p->source = f.local;
    p->destination = f.remote;
    put_header(*p, h, o);
    return p;
}

}  // namespace osprey::net::tcp
