// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <base/heap.hh>
#include <base/log.hh>
#include <memory/address_space.hh>
#include <memory/frames.hh>
#include <memory/self_test.hh>
#include <memory/user_pointer.hh>
#include <sched/scheduler.hh>

// Self-test of objects, over a pager that keeps its pages in kernel memory.

namespace osprey::memory {
namespace {

constexpr auto read_write = protection::read | protection::write;

class memory_pager final : public pager {
public:
    explicit memory_pager(usize pages) noexcept
        : data_{static_cast<u8*>(allocate(pages * page_size))}, bytes_{pages * page_size} {
        for (usize i = 0; data_ && i < bytes_; ++i)
            data_[i] = pattern(i);
    }
    ~memory_pager() override { deallocate(data_, bytes_); }
    static u8 pattern(usize at) noexcept { return static_cast<u8>(at * 7 + (at >> page_shift)); }

    result<void> read_pages(u64 index, void* const* pages, usize count) noexcept override {
        for (usize i = 0; i < count; ++i, ++reads) {
            if (index + i == bad_page)
                return errc::io_error;
            __builtin_memcpy(pages[i], data_ + (index + i) * page_size, page_size);
        }
        return {};
    }
    result<void> write_pages(u64 index, const void* const* pages, usize count) noexcept override {
        for (usize i = 0; i < count; ++i, ++writes)
            __builtin_memcpy(data_ + (index + i) * page_size, pages[i], page_size);
        return {};
    }
    [[nodiscard]] u8* data() const noexcept { return data_; }
    u64 reads = 0, writes = 0, bad_page = ~u64{0};

private:
    u8* data_;
    usize bytes_;
};

struct visit {
    refptr<address_space> space;
    account payer;
    visit() noexcept {
        if (auto made = address_space::create()) {
            space = std::move(*made);
            set_current_address_space(space.get());
        }
    }
    ~visit() { set_current_address_space(nullptr); }
    result<virtual_address> show(const refptr<vm_object>& object, usize bytes, u32 flags) noexcept {
        backing what;
        what.object = object;
        return space->map(0, bytes, read_write, flags, placement::anywhere, what, payer);
    }
};

bool shows(virtual_address at, u8 value) noexcept {
    auto seen = user_ptr<u8>{at}.load();
    return seen && *seen == value;
}

}  // namespace

bool objects_agree_with_a_model(random_sequence& random) noexcept {
    constexpr usize pages = 40, bytes = pages * page_size;
    memory_pager source{pages};
    auto made = vm_object::create(bytes, &source);
    auto* model = static_cast<u8*>(allocate(bytes));
    auto* buffer = static_cast<u8*>(allocate(3 * page_size));
    if (!made || !source.data() || !model || !buffer)
        return false;
    vm_object& object = **made;
    __builtin_memcpy(model, source.data(), bytes);
    u64 size = bytes;
    bool good = true;
    for (int step = 0; step < 2000 && good; ++step) {
        const u64 at = random.below(bytes);
        const usize n = 1 + random.below(std::min<u64>(3 * page_size, bytes - at));
        switch (random.below(8)) {
            case 0:
            case 1:
            case 2: {
                auto done = object.read(at, buffer, n);
                const usize expected = at < size ? std::min<u64>(n, size - at) : 0;
                good = done && *done == expected && !__builtin_memcmp(buffer, model + at, expected);
                break;
            }
            case 3:
            case 4: {
                __builtin_memset(buffer, static_cast<int>(step), n);
                auto done = object.write(at, buffer, n);
                good = done && *done == n;
                __builtin_memset(model + at, static_cast<int>(step), n);
                size = std::max(size, at + n);
                break;
            }
            case 5:
                if (random.below(4) == 0) {
                    // What the pager has beyond the end must not come back: it is cleared as a
                    // filesystem would
                    good = object.write_back(0, ~u64{0}) && object.resize(at);
                    if (at < size)
                        __builtin_memset(model + at, 0, bytes - at),
                            __builtin_memset(source.data() + at, 0, bytes - at);
                    size = at;
                }
                break;
            case 6:
                if (at + n <= size) {
                    good = object.write_back(0, ~u64{0}).has_value();
                    __builtin_memset(source.data() + at, 0, n);
                    good = good && object.punch_hole(at, n);
                    __builtin_memset(model + at, 0, n);
                }
                break;
            default:
                good = object.write_back(0, ~u64{0}).has_value() && object.dirty_pages() == 0;
                good = good && !__builtin_memcmp(source.data(), model, size);
                object.drop_clean(0, random.below(pages));
        }
        if (!good)
            log::error("selftest memory: object step {} at {} + {}, size {}", step, at, n, size);
    }
    made = errc::no_entry;
    deallocate(model, bytes);
    deallocate(buffer, 3 * page_size);
    return good;
}

bool file_mappings_share_and_copy(random_sequence&) noexcept {
    constexpr usize pages = 64, bytes = pages * page_size;
    memory_pager source{pages};
    auto made = vm_object::create(bytes, &source);
    visit v;
    if (!made || !source.data() || !v.space)
        return false;
    vm_object& object = **made;
    auto shared = v.show(*made, bytes, region_shared), own = v.show(*made, bytes, 0);
    if (!shared || !own)
        return false;
    bool good = true;
    for (usize at = 3; at < bytes; at += page_size)
        good = good && shows(*shared + at, memory_pager::pattern(at)) &&
               shows(*own + at, memory_pager::pattern(at));
    good = good && source.reads == pages;
    // A private write is seen nowhere else, a shared one everywhere but in the private copy
    good = good && user_ptr<u8>{*own + 5}.store(0xee) && shows(*own + 5, 0xee);
    good = good && shows(*shared + 5, memory_pager::pattern(5)) && object.dirty_pages() == 0;
    good = good && user_ptr<u8>{*shared + 5}.store(0xdd) && shows(*own + 5, 0xee);
    good = good && user_ptr<u8>{*shared + page_size}.store(0xcc) && shows(*own + page_size, 0xcc);
    u8 byte = 0;
    good = good && object.read(5, &byte, 1) && byte == 0xdd && object.dirty_pages() == 2;
    good = good && v.space->synchronize(*shared, bytes, 4) && source.writes == 2;
    good = good && source.data()[5] == 0xdd && object.dirty_pages() == 0;
    // After the write-back the page is watched again
    good = good && user_ptr<u8>{*shared + 6}.store(0xbb) && object.dirty_pages() == 1;
    good = good && object.write_back(0, ~u64{0}) && source.data()[6] == 0xbb;
    // DONTNEED brings the file's contents back
    good = good && v.space->advise(*own, page_size, 4) && shows(*own + 5, 0xdd);
    source.bad_page = 9;
    object.drop_clean(0, ~u64{0});
    good = good && v.space->unmap(*shared, bytes) && v.space->unmap(*own, bytes);
    object.drop_clean(0, ~u64{0});
    good = good && object.resident_pages() == 0;
    auto again = v.show(*made, bytes, 0);
    good = good && again &&
           shows(*again + 8 * page_size + 1, memory_pager::pattern(8 * page_size + 1));
    good = good && !user_ptr<u8>{*again + 9 * page_size}.load() &&
           sched::current().last_fault_error == errc::io_error;
    v.space->unmap_all_of(v.payer);
    return good;
}

bool truncation_reaches_mappings(random_sequence&) noexcept {
    constexpr usize pages = 8, bytes = pages * page_size;
    visit v;
    auto made = vm_object::create(bytes, nullptr);
    if (!made || !v.space)
        return false;
    auto at = v.show(*made, bytes, region_shared);
    bool good = at.has_value();
    for (usize i = 0; i < pages && good; ++i)
        good = user_ptr<u8>{*at + i * page_size + 100}.store(1).has_value();
    good = good && (*made)->resident_pages() == pages;
    good = good && (*made)->resize(3 * page_size + 50);
    good = good && (*made)->resident_pages() == 4 && v.payer.resident_pages.load() == 4;
    good = good && shows(*at + 2 * page_size + 100, 1) && shows(*at + 3 * page_size + 100, 0);
    good = good && !user_ptr<u8>{*at + 4 * page_size}.load() &&
           sched::current().last_fault_error == errc::io_error;
    good = good && (*made)->resize(bytes) && shows(*at + 4 * page_size + 100, 0);
    v.space->unmap_all_of(v.payer);
    return good;
}

bool eviction_frees_clean_pages(random_sequence&) noexcept {
    constexpr usize pages = 100, bytes = pages * page_size;
    memory_pager source{pages};
    auto made = vm_object::create(bytes, &source);
    visit v;
    if (!made || !source.data() || !v.space)
        return false;
    vm_object& object = **made;
    auto at = v.show(*made, bytes, 0);
    bool good = at.has_value();
    for (usize i = 0; i < bytes && good; i += page_size)
        good = shows(*at + i, memory_pager::pattern(i));
    good = good && user_ptr<u8>{*at}.store(9);
    const u64 before = object.resident_pages();
    // Rounds: first the accessed bits, then the referenced flags age, then pages go
    u64 freed = 0;
    for (int round = 0; round < 6; ++round)
        freed += object.evict(pages);
    good = good && freed > pages / 2 && object.resident_pages() == before - freed;
    good = good && shows(*at, 9);
    for (usize i = page_size; i < bytes && good; i += page_size)
        good = shows(*at + i, memory_pager::pattern(i));
    v.space->unmap_all_of(v.payer);
    return good;
}

namespace {

/// A file of any size: each word of a page is the page's number times a constant.
class endless_pager final : public pager {
public:
    static u64 word(u64 index) noexcept { return index * 0x9e3779b97f4a7c15 + 1; }
    result<void> read_pages(u64 index, void* const* pages, usize count) noexcept override {
        for (usize i = 0; i < count; ++i)
            for (usize at = 0; at < page_size; at += 512)
                *reinterpret_cast<u64*>(static_cast<char*>(pages[i]) + at) = word(index + i);
        return {};
    }
    result<void> write_pages(u64, const void* const*, usize) noexcept override { return {}; }
};

struct pressure {
    visit* home;
    vm_object* object;
    virtual_address shown;
    u64 pages;
    std::atomic<u32> next{0}, running{0};
    std::atomic<bool> good{true};
    sched::thread* waiting = nullptr;
};

void press(void* argument) noexcept {
    auto& p = *static_cast<pressure*>(argument);
    set_current_address_space(p.home->space.get());
    random_sequence random;
    const u32 number = p.next.fetch_add(1);
    for (u32 i = 0; i < number * 7; ++i)
        random.next();
    bool good = true;
    for (int step = 0; step < 3000 && good; ++step) {
        const u64 index = random.below(p.pages), at = random.below(8) * 512;
        u64 word = 0;
        if (step % 3 == 0) {
            auto done = p.object->read(index * page_size + at, &word, sizeof word);
            good = done && *done == sizeof word;
        } else {
            auto seen = user_ptr<u64>{p.shown + index * page_size + at}.load();
            good = seen.has_value();
            word = seen.value_or(0);
        }
        if (good && word != endless_pager::word(index))
            log::error("selftest memory: page {} holds {:#x}", index, word);
        good = good && word == endless_pager::word(index);
        if (step % 500 != 0 || !good)
            continue;
        constexpr usize bytes = 32 * page_size;
        auto own =
            p.home->space->map(0, bytes, read_write, 0, placement::anywhere, {}, p.home->payer);
        good = own.has_value();
        for (usize i = 0; i < bytes && good; i += page_size)
            good = user_ptr<u64>{*own + i}.store(i + number).has_value();
        for (usize i = 0; i < bytes && good; i += page_size)
            good = user_ptr<u64>{*own + i}.load().value_or(1) == i + number;
        good = good && p.home->space->unmap(*own, bytes);
    }
    if (!good) {
        log::error("selftest memory: under pressure: {}, {} frames free, {} cached",
                   name_of(sched::current().last_fault_error), free_frame_count(),
                   p.object->resident_pages());
        p.good.store(false);
    }
    set_current_address_space(nullptr);
    if (p.running.fetch_sub(1) == 1)
        sched::wake(*p.waiting);
}

}  // namespace

bool faults_survive_eviction(random_sequence&) noexcept {
    endless_pager source;
    visit v;
    // Twice what fits, but not without bound on a large machine
    pressure p{&v, nullptr, 0, std::min<u64>(managed_frames() * 2, 16384)};
    auto made = vm_object::create(p.pages * page_size, &source);
    if (!made || !v.space)
        return false;
    auto at = v.show(*made, p.pages * page_size, 0);
    if (!at)
        return false;
    p.object = made->get();
    p.shown = *at;
    p.waiting = &sched::current();
    constexpr u32 members = 4;
    p.running.store(members);
    for (u32 i = 0; i < members; ++i) {
        auto t = sched::thread::create("memory test", press, &p);
        if (!t)
            return false;
        (*t)->start();
    }
    (void)sched::wait_until([&] { return p.running.load() == 0; });
    const bool good = p.good.load();
    v.space->unmap_all_of(v.payer);
    return good && v.payer.resident_pages.load() == 0;
}

}  // namespace osprey::memory
