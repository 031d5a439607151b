// SPDX-License-Identifier: BSD-3-Clause
// TCP Fast Open (RFC 7413), both sides of it.
#include <net/tcp/connection.hh>

namespace osprey::net::tcp {

using packet_rvalue = packet_ptr&&;

void connection::use_fast_open(const fast_open_cookie& c, u32 peer_mss) noexcept {
    fast_open_ = true;
    cookie_ = c;
    if (c.bytes != 0 && peer_mss != 0) {
        peer_mss_ = peer_mss;
        update_mss();
    }
}

u32 connection::fast_open_room() const noexcept {
    return mss_ > most_option_bytes ? mss_ - static_cast<u32>(most_option_bytes) : 0;
}

/// For the first SYN only: who has not answered it may be behind something that drops such SYNs
/// (§7.1).
void connection::add_fast_open(packet& p, segment_options& o) noexcept {
    o.fast_open = true;
    o.cookie = cookie_;
    const u32 room = fast_open_room();
    const u32 n = queue_.bytes() < room ? queue_.bytes() : room;
    if (cookie_.bytes == 0 || n == 0)
        return;
    syn_data_ = static_cast<u16>(queue_.attach(p, 0, n));
    counters_.bytes_sent += syn_data_;
    ++counters_.data_segments_sent;
}

/// The SYN-ACK says how much of the SYN's data the server took; the rest is sent as if it never had
/// been. `s.acknowledgement` has been checked.
void connection::take_syn_data_answer(const segment& s) noexcept {
    const u32 taken = s.acknowledgement - queue_start_;
    if (taken != 0) {
        queue_.drop_front(taken);
        queue_start_ += taken;
        next_ = push_ = small_end_ = queue_start_;
        counters_.bytes_acknowledged += taken;
        syn_data_taken_ = true;
    }
    push_ = queue_end();
    syn_data_ = 0;
    if (fast_open_ && s.options.fast_open && s.options.cookie.bytes != 0) {
        cookie_ = s.options.cookie;
        cookie_is_new_ = true;
    }
}

fast_open_cookie connection::take_cookie() noexcept {
    if (!cookie_is_new_)
        return {};
    cookie_is_new_ = false;
    return cookie_;
}

void connection::accept_early(const handshake& h, packet_ptr p, const segment& syn,
                              instant now) noexcept {
    accept(h, now);
    early_ = true;
    send_window_ = most_send_window_ = syn.window;  // never scaled in a SYN
    window_sequence_ = syn.sequence;
    window_acknowledgement_ = start_;
    control_.start(mss_);
    if (syn.payload != 0) {
        segment data = syn;
        data.flags &= static_cast<u8>(~(flag_syn | flag_fin));
        ++data.sequence;
        take_payload(static_cast<packet_rvalue>(p), data, now);
        syn_data_taken_ = true;
    }
    send_syn(now);
    note_acknowledged();
}

}  // namespace osprey::net::tcp
