// SPDX-License-Identifier: BSD-3-Clause
#include <net/tcp/receive_queue.hh>
#include <vfs/io_buffer.hh>

namespace osprey::net::tcp {

namespace {
/// What was charged for the packet, though reading makes it shorter.
u64& charged(packet& p) noexcept {
    return p.scratch[0];
}
void free_chain(packet* p) noexcept {
    while (p) {
        packet_ptr one{p};
        p = one->next;
    }
}
/// Small packets are copied into the one before, when that has room: many one-byte writes of the
/// peer do not become many packets here.
bool copy_behind(packet& last, const packet& p) noexcept {
    const u32 n = p.bytes();
    return n <= last.tailroom() && p.copy_out(0, last.append(n), n);
}
}  // namespace

receive_queue::~receive_queue() {
    free_chain(first_);
    for (run& r : runs_)
        free_chain(r.first);
}

void receive_queue::charge(const packet& p, bool run) noexcept {
    const u32 cost = memory_of(p);
    charged(const_cast<packet&>(p)) = cost;
    memory_ += cost;
    if (run)
        run_memory_ += cost;
}

void receive_queue::discharge(const packet& p, bool run) noexcept {
    const auto cost = static_cast<u32>(charged(const_cast<packet&>(p)));
    memory_ -= cost;
    if (run)
        run_memory_ -= cost;
}

void receive_queue::append_in_order(packet_ptr p) noexcept {
    next_ += p->bytes();
    if (last_ && copy_behind(*last_, *p))
        return;
    charge(*p, false);
    packet* q = p.release();
    q->next = nullptr;
    (last_ ? last_->next : first_) = q;
    last_ = q;
}

bool receive_queue::insert(packet_ptr p, sequence_number begin) noexcept {
    if (before(begin, next_)) {
        const u32 known = next_ - begin;
        if (known >= p->bytes())
            return true;
        p->pull(known);
        begin = next_;
    }
    if (begin != next_)
        return insert_run(static_cast<packet_ptr&&>(p), begin);
    if (!runs_.empty() && after(begin + p->bytes(), runs_[0].begin)) {
        // What the first runs hold already is not stored twice.
        while (!runs_.empty() && not_after(runs_[0].end, begin + p->bytes()))
            drop_run(0);
        if (!runs_.empty() && after(begin + p->bytes(), runs_[0].begin))
            p->truncate(runs_[0].begin - begin);
    }
    append_in_order(static_cast<packet_ptr&&>(p));
    if (!runs_.empty())
        absorb_runs();
    return true;
}

void receive_queue::absorb_runs() noexcept {
    while (!runs_.empty() && runs_[0].begin == next_) {
        packet* p = runs_[0].first;
        runs_.erase(0);
        while (p) {
            packet_ptr one{p};
            p = p->next;
            discharge(*one, true);
            append_in_order(static_cast<packet_ptr&&>(one));
        }
    }
}

bool receive_queue::insert_run(packet_ptr p, sequence_number begin) noexcept {
    // The last run that does not begin behind the new packet. New packets mostly belong to the end.
    usize i = runs_.size();
    while (i != 0 && after(runs_[i - 1].begin, begin))
        --i;
    if (i != 0 && after(runs_[i - 1].end, begin)) {
        const u32 known = runs_[i - 1].end - begin;
        if (known >= p->bytes()) {
            runs_[i - 1].stamp = ++stamp_;  // a duplicate is reported, too
            return true;
        }
        p->pull(known);
        begin += known;
    }
    while (i < runs_.size() && not_after(runs_[i].end, begin + p->bytes()))
        drop_run(i);
    if (i < runs_.size() && after(begin + p->bytes(), runs_[i].begin))
        p->truncate(runs_[i].begin - begin);
    const sequence_number end = begin + p->bytes();
    if (i != 0 && runs_[i - 1].end == begin) {
        run& r = runs_[i - 1];
        r.end = end;
        r.stamp = ++stamp_;
        if (!copy_behind(*r.last, *p)) {
            charge(*p, true);
            p->next = nullptr;
            r.last = r.last->next = p.release();
        }
        join_runs(i - 1);
        return true;
    }
    if (runs_.size() == most_runs)
        return false;
    charge(*p, true);
    p->next = nullptr;
    packet* q = p.get();
    if (!runs_.insert(i, run{begin, end, q, q, ++stamp_})) {
        discharge(*p, true);
        return false;
    }
    (void)p.release();
    join_runs(i);
    return true;
}

/// Run `i` may touch the one behind it now.
void receive_queue::join_runs(usize i) noexcept {
    if (i + 1 == runs_.size() || runs_[i].end != runs_[i + 1].begin)
        return;
    run& a = runs_[i];
    const run& b = runs_[i + 1];
    a.last->next = b.first;
    a.last = b.last;
    a.end = b.end;
    runs_.erase(i + 1);
}

void receive_queue::drop_run(usize i) noexcept {
    for (packet* p = runs_[i].first; p; p = p->next)
        discharge(*p, true);
    free_chain(runs_[i].first);
    runs_.erase(i);
}

void receive_queue::prune(u32 bytes) noexcept {
    while (run_memory_ > bytes && !runs_.empty())
        drop_run(runs_.size() - 1);
}

u8 receive_queue::report(sequence_range* blocks, u8 most) const noexcept {
    u8 count = 0;
    u32 newer_than = stamp_ + 1;
    while (count < most) {
        const run* best = nullptr;
        for (const run& r : runs_)
            if (before(r.stamp, newer_than) && (!best || after(r.stamp, best->stamp)))
                best = &r;
        if (!best)
            break;
        newer_than = best->stamp;
        blocks[count++] = {best->begin, best->end};
    }
    return count;
}

result<usize> receive_queue::peek(vfs::io_buffer& to, u32 offset, usize n) const noexcept {
    usize done = 0;
    for (const packet* p = first_; p && done < n; p = p->next) {
        if (offset >= p->bytes()) {
            offset -= p->bytes();
            continue;
        }
        auto copied = p->copy_out(offset, to, n - done);
        if (!copied)
            return done ? result<usize>{done} : copied.error();
        done += *copied;
        if (*copied < p->bytes() - offset)
            break;
        offset = 0;
    }
    return done;
}

u8 receive_queue::byte_at(u32 offset) const noexcept {
    u8 byte = 0;
    const packet* p = first_;
    for (; p && offset >= p->bytes(); p = p->next)
        offset -= p->bytes();
    if (p)
        (void)p->copy_out(offset, &byte, 1);
    return byte;
}

void receive_queue::consume(u32 n) noexcept {
    read_ += n;
    while (n != 0) {
        packet* p = first_;
        if (n < p->bytes()) {
            p->pull(n);
            return;
        }
        n -= p->bytes();
        discharge(*p, false);
        first_ = p->next;
        packet_ptr{p}.reset();
    }
    if (!first_)
        last_ = nullptr;
}

packet_ptr receive_queue::take() noexcept {
    packet_ptr p{first_};
    if (p) {
        discharge(*p, false);
        read_ += p->bytes();
        first_ = p->next;
        p->next = nullptr;
        if (!first_)
            last_ = nullptr;
    }
    return p;
}

void receive_queue::collapse() noexcept {
    // Copies into packets of up to 16 frames; stops where that would not save anything.
    constexpr u32 whole = 16 * page_size;
    packet* old = first_;
    packet *fresh_first = nullptr, *fresh_last = nullptr;
    const auto link = [&](packet* p) noexcept {
        (fresh_last ? fresh_last->next : fresh_first) = p;
        fresh_last = p;
        p->next = nullptr;
    };
    while (old) {
        u32 bytes = 0;
        packet* end = old;
        usize count = 0;
        for (; end && bytes + end->bytes() <= whole; end = end->next, ++count)
            bytes += end->bytes();
        packet_ptr joined = count > 1 ? packet::make() : nullptr;
        u32 copied = 0;
        for (packet* p = old; joined && p != end; p = p->next)
            for (u32 at = 0; at < p->bytes();) {
                const u32 room = page_size - copied % page_size;
                if (room == page_size) {
                    auto frame = memory::allocate_frames();
                    if (!frame || !joined->append(fragment{*frame, 0, 0})) {
                        joined.reset();
                        break;
                    }
                }
                const u32 here = room < p->bytes() - at ? room : p->bytes() - at;
                const fragment& f = joined->fragments().back();
                u8* to = static_cast<u8*>(memory::data_of(f.frame)) + copied % page_size;
                (void)p->copy_out(at, to, here);
                memory::hold_frame(f.frame);
                (void)joined->append(fragment{f.frame, copied % static_cast<u32>(page_size), here});
                at += here;
                copied += here;
            }
        if (!joined) {
            packet* behind = old->next;
            link(old);
            old = behind;
            continue;
        }
        while (old != end) {
            packet_ptr gone{old};
            old = old->next;
            discharge(*gone, false);
        }
        charge(*joined, false);
        link(joined.release());
    }
    first_ = fresh_first;
    last_ = fresh_last;
}

}  // namespace osprey::net::tcp
