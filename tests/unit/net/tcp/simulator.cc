// SPDX-License-Identifier: BSD-3-Clause
#include "simulator.hh"

#include <gtest/gtest.h>

#include <net/checksum.hh>
#include <net/protocol.hh>
#include <vfs/io_buffer.hh>

namespace test {

namespace {

void checksum_whole(wire_packet& w) {
    auto* h = reinterpret_cast<tcp::wire_header*>(w.bytes.data());
    h->checksum = 0;
    checksum sum;
    sum.add_pseudo_header(w.source, w.destination, protocol_tcp, static_cast<u32>(w.bytes.size()));
    sum.add(w.bytes.data(), w.bytes.size());
    h->checksum = sum.field();
}

}  // namespace

std::vector<wire_packet> to_wire(packet_ptr p, bool whole) {
    EXPECT_EQ(p->check, checksum_state::partial);
    const bool cut = p->gso != gso_kind::none;
    if (!cut)
        p->complete_checksum();
    wire_packet all{std::vector<u8>(p->bytes()), p->source, p->destination, p->traffic_class, 0, 0};
    EXPECT_TRUE(p->copy_out(0, all.bytes.data(), p->bytes()));
    if (!cut)
        return {all};
    if (whole) {
        checksum_whole(all);
        all.gso_bytes = p->gso_bytes;
        all.gso_segments = p->gso_segments;
        return {all};
    }
    // What a device does (virtio 1.2 §5.1.6.2): FIN and PSH on the last, CWR on the first only.
    std::vector<wire_packet> parts;
    const auto* h = reinterpret_cast<const tcp::wire_header*>(all.bytes.data());
    const usize header = (h->offset >> 4) * 4u, payload = all.bytes.size() - header;
    for (usize done = 0; done < payload; done += p->gso_bytes) {
        const usize n = std::min<usize>(p->gso_bytes, payload - done);
        wire_packet part = all;
        part.bytes.assign(all.bytes.begin(), all.bytes.begin() + static_cast<long>(header));
        part.bytes.insert(part.bytes.end(), all.bytes.begin() + static_cast<long>(header + done),
                          all.bytes.begin() + static_cast<long>(header + done + n));
        auto* ph = reinterpret_cast<tcp::wire_header*>(part.bytes.data());
        ph->sequence = ph->sequence + static_cast<u32>(done);
        if (done + n < payload)
            ph->flags &= static_cast<u8>(~(tcp::flag_fin | tcp::flag_psh));
        if (done != 0)
            ph->flags &= static_cast<u8>(~tcp::flag_cwr);
        checksum_whole(part);
        parts.push_back(part);
    }
    EXPECT_EQ(parts.size(), p->gso_segments);
    return parts;
}

packet_ptr from_wire(const wire_packet& w) {
    packet_ptr p = packet::make();
    const usize linear = std::min<usize>(w.bytes.size(), p->tailroom());
    p->append(w.bytes.data(), linear);
    for (usize at = linear; at < w.bytes.size();) {
        memory::frame* f = *memory::allocate_frames();
        const usize n = std::min<usize>(page_size, w.bytes.size() - at);
        std::memcpy(memory::data_of(f), w.bytes.data() + at, n);
        EXPECT_TRUE(p->append(fragment{f, 0, static_cast<u32>(n)}));
        at += n;
    }
    const auto* h = reinterpret_cast<const tcp::wire_header*>(w.bytes.data());
    p->source = w.source;
    p->destination = w.destination;
    p->source_port = h->source_port;
    p->destination_port = h->destination_port;
    p->traffic_class = w.traffic_class;
    p->gso_bytes = w.gso_bytes;
    p->gso_segments = w.gso_segments;
    return p;
}

tcp::segment parse(const wire_packet& w) {
    packet_ptr p = from_wire(w);
    tcp::segment s{};
    EXPECT_TRUE(tcp::checksum_is_right(*p));
    EXPECT_TRUE(tcp::take_header(*p, s));
    return s;
}

std::string to_text(const wire_packet& w) {
    const tcp::segment s = parse(w);
    std::string t;
    const char* names = "FSRPAUEW";
    for (int i = 0; i < 8; ++i)
        if (s.flags & 1 << i)
            t += names[i];
    t += " seq " + std::to_string(s.sequence) + " ack " + std::to_string(s.acknowledgement) +
         " win " + std::to_string(s.window) + " len " + std::to_string(s.payload);
    for (u8 i = 0; i < s.options.sack_count; ++i)
        t += " sack " + std::to_string(s.options.sacks[i].begin) + "-" +
             std::to_string(s.options.sacks[i].end);
    return t;
}

end_point::end_point(simulation& s, const char* n, tcp::settings set)
    : net{s}, name{n}, settings{set} {}

void end_point::transmit(packet_ptr p) noexcept {
    ++sent_packets;
    net.put_on_wire(*this, static_cast<packet_ptr&&>(p));
}

void end_point::listen() {
    listening = true;
    c.reset();
    has_request_ = has_last = false;
}

void end_point::connect(u32 start) {
    has_last = false;
    c = std::make_unique<tcp::connection>(*this, settings);
    c->set_path(path);
    c->connect(start, 77, net.now());
    wake();
}

void end_point::wake() {
    for (int rounds = 0; c && rounds < 1000; ++rounds) {
        const u8 events = c->take_events();
        all_events |= events;
        if (!events)
            break;
        if (application)
            application(events);
    }
    if (!c)
        return;
    c->finish(net.now());
    if (c->current() == tcp::state::time_wait && !has_last) {
        last = tcp::last_state::of(*c);
        has_last = true;
    }
    const instant next = c->deadline();
    if (next == instant::never() || (wake_at != 0 && wake_at <= next.ns && wake_at > net.now().ns))
        return;
    wake_at = std::max(next.ns, net.now().ns);
    net.at(wake_at, [this] {
        wake_at = 0;
        if (!c)
            return;
        if (c->deadline() <= net.now())
            c->advance(net.now());
        wake();
    });
}

void end_point::input(packet_ptr p) {
    if (has_last) {
        last_input(static_cast<packet_ptr&&>(p));
    } else if (c && (!listening || c->current() != tcp::state::closed)) {
        c->input(static_cast<packet_ptr&&>(p), net.now());
        wake();
    } else if (listening) {
        handshake_input(static_cast<packet_ptr&&>(p));
    }
}

void end_point::last_input(packet_ptr p) {
    tcp::segment s;
    ASSERT_TRUE(tcp::checksum_is_right(*p));
    ASSERT_TRUE(tcp::take_header(*p, s));
    const tcp::flow_key f{path.local.address, path.remote.address, path.local.port,
                          path.remote.port, 0};
    switch (last.look(s)) {
        case tcp::last_state::verdict::acknowledge:
        case tcp::last_state::verdict::answer:
            transmit(last.make_acknowledgement(f, static_cast<u32>(net.now().ns / ms)));
            break;
        case tcp::last_state::verdict::reset:
            if (packet_ptr r = tcp::make_reset(*p, s))
                transmit(static_cast<packet_ptr&&>(r));
            break;
        default:
            break;
    }
}

void end_point::handshake_input(packet_ptr p) {
    const tcp::flow_key f{p->destination, p->source, p->destination_port, p->source_port, 0};
    packet_ptr whole = p->clone();
    tcp::segment s;
    if (!tcp::checksum_is_right(*p) || !tcp::take_header(*p, s))
        return;
    u32 stamp = static_cast<u32>(net.now().ns / ms);
    if (s.has(tcp::flag_syn) && !s.has(tcp::flag_ack | tcp::flag_rst)) {
        if (!has_request_ || request_.peer_start != s.sequence) {
            request_ = tcp::answer_syn(s, settings, true);
            request_.local_start = next_start;
            request_.timestamp_offset = 55;
            request_.sent = net.now();
            has_request_ = !use_cookies;
        } else {
            request_.sent = {};
        }
        if (use_cookies)
            tcp::syn_cookie::make(net.key, f, request_, net.now().ns, stamp);
        transmit(tcp::make_syn_ack(f, request_, settings, path.mtu, stamp));
        return;
    }
    bool complete = has_request_ && tcp::completes(request_, s);
    if (use_cookies)
        complete = tcp::syn_cookie::check(net.key, f, s, settings, net.now().ns, 55, request_);
    if (!complete) {
        // With cookies, what overtook the acknowledgement of the handshake proves nothing.
        if (!s.has(tcp::flag_rst) && !use_cookies)
            if (packet_ptr r = tcp::make_reset(*p, s))
                transmit(static_cast<packet_ptr&&>(r));
        return;
    }
    has_request_ = false;
    c = std::make_unique<tcp::connection>(*this, settings);
    c->set_path(path);
    c->accept(request_, net.now());
    c->input(static_cast<packet_ptr&&>(whole), net.now());
    wake();
}

std::string end_point::read(usize n) {
    std::string text(n, '\0');
    vfs::io_buffer to{text.data(), n, vfs::io_buffer::memory_kind::kernel};
    const auto done = c->read(to, n, net.now());
    EXPECT_TRUE(done);
    text.resize(done ? *done : 0);
    return text;
}

usize end_point::write(std::string_view data, tcp::connection::more m) {
    vfs::io_buffer from{const_cast<char*>(data.data()), data.size(),
                        vfs::io_buffer::memory_kind::kernel};
    const auto done = c->write(from, data.size(), m);
    EXPECT_TRUE(done);
    return done ? *done : 0;
}

simulation::simulation(u64 seed, network_quality q, tcp::settings sa, tcp::settings sb)
    : generator{seed}, quality{q}, a{*this, "a", sa}, b{*this, "b", sb} {
    a.peer = &b;
    b.peer = &a;
    const endpoint ea{ip_address::v4(0x0a000001), 1111, 0}, eb{ip_address::v4(0x0a000002), 2222, 0};
    a.path = {ea, eb, q.mtu, 65536};
    b.path = {eb, ea, q.mtu, 65536};
}

void simulation::at(u64 when, std::function<void()> what) {
    queue_.emplace(when, std::move(what));
}

bool simulation::run(std::function<bool()> done, u64 limit) {
    const u64 end = now_ + limit;
    while (!done()) {
        if (queue_.empty() || queue_.begin()->first > end)
            return false;
        auto first = queue_.extract(queue_.begin());
        now_ = std::max(now_, first.key());
        first.mapped()();
    }
    return true;
}

void simulation::put_on_wire(end_point& from, packet_ptr p) {
    for (wire_packet& w : to_wire(static_cast<packet_ptr&&>(p), quality.whole_gso)) {
        if (trace)
            std::printf("%10.3f %s %s\n", static_cast<double>(now_) / ms, from.name,
                        to_text(w).c_str());
        if (filter && !filter(from, w))
            continue;
        if (w.bytes.size() + 20 > quality.mtu && w.gso_segments == 0) {
            ++losses;
            if (quality.says_too_big) {
                const u32 sequence = parse(w).sequence, mtu = quality.mtu;
                at(now_ + quality.delay_ns, [&from, sequence, mtu, this] {
                    if (from.c)
                        from.c->path_mtu(mtu, sequence, now());
                    from.wake();
                });
            }
            continue;
        }
        if (random() < quality.loss) {
            ++losses;
            continue;
        }
        if ((w.traffic_class & 3) == 2 && random() < quality.mark)
            w.traffic_class |= 3;
        u64 when = now_ + quality.delay_ns;
        if (quality.byte_ns) {
            u64& free = link_free_[&from == &a ? 0 : 1];
            const u64 start = std::max(free, now_);
            if ((start - now_) / (quality.byte_ns * 1500) > quality.queue_packets) {
                ++losses;
                continue;
            }
            free = start + w.bytes.size() * quality.byte_ns;
            when = free + quality.delay_ns;
        }
        if (quality.jitter_ns && random() < quality.reorder)
            when += random(quality.jitter_ns);
        deliver(from, w, when);
        if (random() < quality.duplicate)
            deliver(from, w, when + random(quality.delay_ns + 1));
    }
}

void simulation::deliver(end_point& from, const wire_packet& w, u64 when) {
    end_point* to = from.peer;
    at(when, [to, w] { to->input(from_wire(w)); });
}

}  // namespace test
