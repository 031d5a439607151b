// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <bit>
#include <memory/buddy.hh>
#include <new>

namespace osprey::memory {

void buddy::link(frame_number n, unsigned order) noexcept {
    list& l = lists_[order];
    frame& f = table_[n];
    f.order = static_cast<u8>(order);
    f.flags.store(static_cast<u16>((f.flags.load(std::memory_order_relaxed) & frame::untouched) |
                                   frame::free_block),
                  std::memory_order_relaxed);
    f.next = l.first;
    f.previous = 0;
    if (l.first)
        table_[l.first].previous = n;
    l.first = n;
    ++l.count;
}

void buddy::unlink(frame_number n) noexcept {
    frame& f = table_[n];
    list& l = lists_[f.order];
    (f.previous ? table_[f.previous].next : l.first) = f.next;
    if (f.next)
        table_[f.next].previous = f.previous;
    f.next = f.previous = 0;
    f.flags.store(f.flags.load(std::memory_order_relaxed) & frame::untouched,
                  std::memory_order_relaxed);
    --l.count;
}

void buddy::touch(frame_number block) noexcept {
    frame& head = table_[block];
    if (!head.has(frame::untouched))
        return;
    for (frame_number i = 1; i < block_frames; ++i)
        (new (&table_[block + i]) frame)->node = head.node;
    head.clear(frame::untouched);
}

frame_number buddy::take(unsigned order) noexcept {
    unsigned k = order;
    while (lists_[k].first == 0)
        if (++k > largest_order)
            return 0;
    frame_number n = lists_[k].first;
    unlink(n);
    if (k == largest_order && k > order)
        touch(n);
    while (k > order) {
        --k;
        link(n + (1u << k), k);
    }
    table_[n].order = static_cast<u8>(order);
    free_.store(free_frames() - (u64{1} << order), std::memory_order_relaxed);
    return n;
}

void buddy::break_up(frame_number n, unsigned order, frame_number& chain) noexcept {
    for (frame_number i = n + (1u << order); i-- > n;) {
        frame& f = table_[i];
        f.order = 0;
        f.flags.store(0, std::memory_order_relaxed);
        f.next = chain;
        chain = i;
    }
}

u32 buddy::take_singles(u32 want, frame_number& chain) noexcept {
    constexpr unsigned largest = 5;
    u32 taken = 0;
    for (unsigned order = 0; order <= largest; ++order)
        while (taken < want && lists_[order].first) {
            const frame_number n = lists_[order].first;
            unlink(n);
            break_up(n, order, chain);
            taken += 1u << order;
        }
    free_.store(free_frames() - taken, std::memory_order_relaxed);
    if (taken != 0)
        return taken;
    unsigned order = static_cast<unsigned>(std::bit_width(want) - 1);
    order = std::min(order, largest);
    const frame_number n = take(order);
    if (!n)
        return 0;
    break_up(n, order, chain);
    return 1u << order;
}

frame_number buddy::take_pair(bool (*exists)(frame_number)) noexcept {
    for (frame_number n = lists_[largest_order].first; n; n = table_[n].next) {
        frame_number above = n + block_frames;
        if (!exists(above) || !table_[above].has(frame::free_block) ||
            table_[above].order != largest_order)
            continue;
        unlink(n);
        unlink(above);
        free_.store(free_frames() - 2 * block_frames, std::memory_order_relaxed);
        return n;
    }
    return 0;
}

void buddy::give(frame_number n, unsigned order) noexcept {
    free_.store(free_frames() + (u64{1} << order), std::memory_order_relaxed);
    for (; order < largest_order; ++order) {
        frame_number other = n ^ (1u << order);
        if (!table_[other].has(frame::free_block) || table_[other].order != order)
            break;
        unlink(other);
        n = std::min(n, other);
    }
    link(n, order);
}

void buddy::give_run(frame_number first, u64 count) noexcept {
    while (count) {
        unsigned order =
            std::min<unsigned>({largest_order, static_cast<unsigned>(std::countr_zero(first)),
                                static_cast<unsigned>(std::bit_width(count) - 1)});
        give(first, order);
        first += 1u << order;
        count -= u64{1} << order;
    }
}

int buddy::withdraw(frame_number n) noexcept {
    if (!table_[n].has(frame::free_block))
        return -1;
    unsigned order = table_[n].order;
    unlink(n);
    free_.store(free_frames() - (u64{1} << order), std::memory_order_relaxed);
    return static_cast<int>(order);
}

}  // namespace osprey::memory
