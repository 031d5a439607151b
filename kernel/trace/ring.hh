// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>

namespace osprey::trace {

/// A page of records as Linux's ring buffer has it (tracefs: events/header_page, header_event).
/// `commit` counts the bytes of `data` that are used; bit 31 says that records before it were lost.
struct page_image {
    static constexpr usize capacity = page_size - 2 * sizeof(u64);
    static constexpr u64 missed = u64{1} << 31, committed = (u64{1} << 20) - 1;
    u64 time;
    u64 commit;
    u32 data[capacity / sizeof(u32)];
};
static_assert(sizeof(page_image) == page_size);

/// Goes through the records of a page.
class page_walker {
public:
    page_walker() noexcept = default;
    explicit page_walker(const page_image& page, usize from = 0) noexcept
        : page_{&page}, at_{from}, time_{page.time} {}

    /// Steps to the next record. @return false at the end.
    bool next() noexcept;
    /// Of the record: its bytes and when it was written, in ns.
    [[nodiscard]] const u8* record() const noexcept {
        return reinterpret_cast<const u8*>(page_->data) + start_;
    }
    [[nodiscard]] usize bytes() const noexcept { return bytes_; }
    [[nodiscard]] u64 time() const noexcept { return time_; }

private:
    const page_image* page_ = nullptr;
    usize at_ = 0, start_ = 0, bytes_ = 0;
    u64 time_ = 0;
};

/// Where a reader stands: in which page (counted from the beginning of time), how many bytes of it
/// it has, and the time up to there.
struct ring_position {
    u64 page = 0;
    u32 offset = 0;
    u64 time = 0;
};

/// One CPU's records: a ring of pages, overwritten from the oldest when it is full.
///
/// One writer, which nothing interrupts that writes, too; it never waits. Readers copy a page and
/// then look whether it is still the one that they meant (a sequence lock for each page), so that
/// any number of them reads while the writer goes on. Readers of one `ring_position` take turns.
class ring {
public:
    /// @param pages `count` (at least 2) pages; they stay the owner's.
    ring(page_image* const* pages, std::atomic<u64>* numbers, u32 count) noexcept;

    static constexpr usize longest_record = 2048;

    /// Writes `bytes` (a multiple of 4, at most `longest_record`) from `words`. Writer only.
    /// @return false if it was dropped because the ring is full and keeps the oldest.
    bool write(const u32* words, usize bytes, u64 now) noexcept;
    /// Keep the oldest records when full rather than the newest? Writer's look at it is racy.
    std::atomic<bool> keep_oldest{false};

    /// Copies what follows `at` in its page to `to`, and moves `at` behind it. Skips what has been
    /// overwritten. @return false: there is nothing.
    bool read(ring_position& at, page_image& to) const noexcept;
    /// The page that the writer is at.
    [[nodiscard]] ring_position end() const noexcept;
    /// Pages before this one are read and may be overwritten by a writer that keeps the oldest.
    std::atomic<u64> consumed{0};
    [[nodiscard]] bool has_more_than(const ring_position& at) const noexcept;

    /// Records that readers have consumed.
    std::atomic<u64> taken{0};
    // Since the start; written by the writer
    std::atomic<u64> written{0}, overwritten{0}, dropped{0}, written_bytes{0};
    [[nodiscard]] usize pages() const noexcept { return count_; }

private:
    static constexpr u64 being_changed = ~u64{0};
    void next_page(u64 now) noexcept;

    page_image* const* pages_;
    std::atomic<u64>* numbers_;  // which page lies in each place
    u32 count_;
    // Writer's own
    u32 used_ = 0;
    u64 last_time_ = 0;
    std::atomic<u64> newest_{0};
};

}  // namespace osprey::trace
