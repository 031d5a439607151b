// SPDX-License-Identifier: BSD-3-Clause
#include <trace/ring.hh>

namespace osprey::trace {
namespace {

// The first word of a record: 5 bits of kind, 27 bits of time since the record before
constexpr u32 kind_bits = 5, kind_mask = 31, largest_kind = 28;
constexpr u32 kind_long = 0, kind_padding = 29, kind_extend = 30, kind_stamp = 31;
constexpr u64 largest_delta = (u64{1} << 27) - 1;

u32 load(const u32& word) noexcept {
    return __atomic_load_n(&word, __ATOMIC_RELAXED);
}
void store(u32& word, u32 value) noexcept {
    __atomic_store_n(&word, value, __ATOMIC_RELAXED);
}

}  // namespace

bool page_walker::next() noexcept {
    if (!page_)
        return false;
    const usize end = page_->commit & page_image::committed;
    while (at_ + sizeof(u32) <= end) {
        const u32* word = page_->data + at_ / sizeof(u32);
        const u32 kind = word[0] & kind_mask;
        const u64 delta = word[0] >> kind_bits;
        const u32 second = at_ + 2 * sizeof(u32) <= end ? word[1] : 0;
        if (kind == kind_extend || kind == kind_stamp) {
            const u64 all = u64{second} << 27 | delta;
            time_ = kind == kind_extend ? time_ + all : all;
            at_ += 2 * sizeof(u32);
            continue;
        }
        time_ += delta;
        if (kind == kind_padding) {
            if (second == 0)
                return false;  // up to the end of the page
            at_ += sizeof(u32) + second;
            continue;
        }
        if (kind == kind_long) {
            start_ = at_ + 2 * sizeof(u32);
            bytes_ = second - sizeof(u32);
        } else {
            start_ = at_ + sizeof(u32);
            bytes_ = kind * sizeof(u32);
        }
        at_ = start_ + bytes_;
        return at_ <= end;
    }
    return false;
}

ring::ring(page_image* const* pages, std::atomic<u64>* numbers, u32 count) noexcept
    : pages_{pages}, numbers_{numbers}, count_{count} {
    for (u32 i = 0; i < count; ++i)
        numbers_[i].store(being_changed, std::memory_order_relaxed);
    page_image& first = *pages_[0];
    __atomic_store_n(&first.time, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&first.commit, 0, __ATOMIC_RELAXED);
    numbers_[0].store(0, std::memory_order_release);
}

void ring::next_page(u64 now) noexcept {
    const u64 number = newest_.load(std::memory_order_relaxed) + 1;
    page_image& page = *pages_[number % count_];
    auto& sign = numbers_[number % count_];
    if (sign.load(std::memory_order_relaxed) != being_changed) {
        // The records of a page are counted again: that is rarer than writing one
        page_walker old{page};
        u64 lost = 0;
        while (old.next())
            ++lost;
        if (number - count_ >= consumed.load(std::memory_order_relaxed))
            overwritten.store(overwritten.load(std::memory_order_relaxed) + lost,
                              std::memory_order_relaxed);
    }
    sign.store(being_changed, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    __atomic_store_n(&page.time, now, __ATOMIC_RELAXED);
    __atomic_store_n(&page.commit, 0, __ATOMIC_RELAXED);
    sign.store(number, std::memory_order_release);
    newest_.store(number, std::memory_order_release);
    used_ = 0;
    last_time_ = now;
}

bool ring::write(const u32* words, usize bytes, u64 now) noexcept {
    const bool is_long = bytes > largest_kind * sizeof(u32);
    const usize room = sizeof(u32) + (is_long ? sizeof(u32) : 0) + bytes;
    const bool fresh = written.load(std::memory_order_relaxed) == 0;
    if (fresh) {
        __atomic_store_n(&pages_[0]->time, now, __ATOMIC_RELAXED);
        last_time_ = now;
    }
    if (now < last_time_)
        now = last_time_;
    bool extend = now - last_time_ > largest_delta;
    if (used_ + room + (extend ? 2 * sizeof(u32) : 0) > page_image::capacity) {
        const u64 newest = newest_.load(std::memory_order_relaxed);
        if (keep_oldest.load(std::memory_order_relaxed) &&
            newest + 1 - consumed.load(std::memory_order_acquire) >= count_) {
            dropped.store(dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
            return false;
        }
        next_page(now);
        extend = false;
    }
    page_image& page = *pages_[newest_.load(std::memory_order_relaxed) % count_];
    u32* to = page.data + used_ / sizeof(u32);
    const u64 delta = now - last_time_;
    if (extend) {
        store(*to++, kind_extend | static_cast<u32>(delta & largest_delta) << kind_bits);
        store(*to++, static_cast<u32>(delta >> 27));
    }
    const u32 stamp = extend ? 0 : static_cast<u32>(delta) << kind_bits;
    if (is_long) {
        store(*to++, kind_long | stamp);
        store(*to++, static_cast<u32>(bytes + sizeof(u32)));
    } else {
        store(*to++, static_cast<u32>(bytes / sizeof(u32)) | stamp);
    }
    for (usize i = 0; i < bytes / sizeof(u32); ++i)
        store(*to++, words[i]);
    used_ = static_cast<u32>(reinterpret_cast<u8*>(to) - reinterpret_cast<u8*>(page.data));
    last_time_ = now;
    written.store(written.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    written_bytes.store(written_bytes.load(std::memory_order_relaxed) + room,
                        std::memory_order_relaxed);
    __atomic_store_n(&page.commit, used_, __ATOMIC_RELEASE);
    return true;
}

bool ring::read(ring_position& at, page_image& to) const noexcept {
    bool lost = false;
    for (;;) {
        const u64 newest = newest_.load(std::memory_order_acquire);
        if (at.page > newest)
            return false;
        const u64 oldest = newest >= count_ ? newest - count_ + 1 : 0;
        if (at.page < oldest) {
            at = {oldest, 0, 0};
            lost = true;
        }
        const page_image& page = *pages_[at.page % count_];
        const auto& sign = numbers_[at.page % count_];
        if (sign.load(std::memory_order_acquire) != at.page) {
            at = {at.page + 1, 0, 0};  // it is being overwritten
            lost = true;
            continue;
        }
        const u32 commit = static_cast<u32>(__atomic_load_n(&page.commit, __ATOMIC_ACQUIRE) &
                                            page_image::committed);
        if (at.offset >= commit) {
            if (at.page == newest)
                return false;
            // More may have come since `newest` was read: look again before leaving the page
            if (__atomic_load_n(&page.commit, __ATOMIC_ACQUIRE) == commit &&
                sign.load(std::memory_order_acquire) == at.page)
                at = {at.page + 1, 0, 0};
            continue;
        }
        const u32 bytes = commit - at.offset;
        to.time = at.offset == 0 ? __atomic_load_n(&page.time, __ATOMIC_RELAXED) : at.time;
        for (u32 i = 0; i < bytes / sizeof(u32); ++i)
            to.data[i] = load(page.data[at.offset / sizeof(u32) + i]);
        std::atomic_thread_fence(std::memory_order_acquire);
        if (sign.load(std::memory_order_relaxed) != at.page)
            continue;
        to.commit = bytes | (lost ? page_image::missed : 0);
        page_walker walk{to};
        while (walk.next())
            ;
        at.offset = commit;
        at.time = walk.time();
        return true;
    }
}

ring_position ring::end() const noexcept {
    const u64 newest = newest_.load(std::memory_order_acquire);
    return {newest, 0, 0};
}

bool ring::has_more_than(const ring_position& at) const noexcept {
    const u64 newest = newest_.load(std::memory_order_acquire);
    if (at.page != newest)
        return at.page < newest;
    return at.offset < (__atomic_load_n(&pages_[newest % count_]->commit, __ATOMIC_ACQUIRE) &
                        page_image::committed);
}

}  // namespace osprey::trace
