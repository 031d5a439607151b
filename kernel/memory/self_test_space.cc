// SPDX-License-Identifier: BSD-3-Clause
#include <base/heap.hh>
#include <base/log.hh>
#include <memory/address_space.hh>
#include <memory/frames.hh>
#include <memory/self_test.hh>
#include <memory/user_pointer.hh>
#include <sched/scheduler.hh>

// Self-test of address spaces: the thread that tests enters a fresh one and uses it like a program.

namespace osprey::memory {
namespace {

constexpr auto read_write = protection::read | protection::write;
constexpr virtual_address arena = 0x10'0000'0000;

/// A fresh address space, entered for the life of this object.
struct visit {
    refptr<address_space> space;
    account payer;
    address_space* before = sched::current().space;

    visit() noexcept {
        auto made = address_space::create();
        if (made) {
            space = std::move(*made);
            set_current_address_space(space.get());
        }
    }
    ~visit() { set_current_address_space(before); }
};

bool poke(virtual_address at, u64 value) noexcept {
    return user_ptr<u64>{at}.store(value).has_value();
}
bool holds(virtual_address at, u64 value) noexcept {
    auto seen = user_ptr<u64>{at}.load();
    return seen && *seen == value;
}
bool faults(virtual_address at) noexcept {
    return !user_ptr<u64>{at}.load();
}

/// Pages of the arena as they should be.
struct page_model {
    static constexpr usize pages = 1600;  // room for large pages
    struct page {
        bool mapped, writable, readable;
        u64 value;
    };
    page* all = static_cast<page*>(allocate(pages * sizeof(page)));
    page_model() noexcept {
        if (all)
            __builtin_memset(all, 0, pages * sizeof(page));
    }
    ~page_model() { deallocate(all, pages * sizeof(page)); }
};

virtual_address page_at(usize i) noexcept {
    return arena + i * page_size;
}

}  // namespace

bool regions_agree_with_a_model(random_sequence& random) noexcept {
    visit v;
    page_model model;
    if (!v.space || !model.all)
        return false;
    bool good = true;
    for (int step = 0; step < 3000 && good; ++step) {
        const usize longest = random.below(8) == 0 ? 1200 : 40;
        const usize first = random.below(page_model::pages);
        usize count = 1 + random.below(longest);
        if (count > page_model::pages - first)
            count = page_model::pages - first;
        const virtual_address at = page_at(first);
        const usize bytes = count * page_size;
        bool whole = true;
        for (usize i = first; i < first + count; ++i)
            whole = whole && model.all[i].mapped;
        switch (random.below(8)) {
            case 0:
            case 1: {
                const bool ro = random.below(4) == 0;
                auto mapped = v.space->map(at, bytes, ro ? protection::read : read_write, 0,
                                           placement::fixed, {}, v.payer);
                good = good && mapped && *mapped == at;
                for (usize i = first; i < first + count; ++i)
                    model.all[i] = {true, !ro, true, 0};
                break;
            }
            case 2:
                good = good && v.space->unmap(at, bytes);
                for (usize i = first; i < first + count; ++i)
                    model.all[i] = {};
                break;
            case 3: {
                const u64 kind = random.below(3);
                const protection access = kind == 0   ? protection::none
                                          : kind == 1 ? protection::read
                                                      : read_write;
                auto changed = v.space->protect(at, bytes, access);
                good = good && changed.has_value() == whole;
                for (usize i = first; i < first + count && model.all[i].mapped; ++i)
                    model.all[i].readable = kind > 0, model.all[i].writable = kind == 2;
                break;
            }
            case 4: {
                auto dropped = v.space->advise(at, bytes, 4);
                good = good && dropped.has_value() == whole;
                for (usize i = first; i < first + count; ++i)
                    model.all[i].value = 0;
                break;
            }
            default:
                for (usize i = first; i < first + count; ++i) {
                    auto& p = model.all[i];
                    const u64 value = random.next();
                    const bool stored = poke(page_at(i) + 8, value);
                    good = good && stored == (p.mapped && p.writable);
                    if (stored)
                        p.value = value;
                }
        }
        const usize probe = random.below(page_model::pages - 20);
        for (usize i = probe; i < probe + 20; ++i) {
            const auto& p = model.all[i];
            good = good && (p.mapped && p.readable ? holds(page_at(i) + 8, p.value)
                                                   : faults(page_at(i) + 8));
        }
        if (!good)
            log::error("selftest memory: step {} pages {}+{}", step, first, count);
    }
    u64 resident = v.space->resident_pages(v.payer, arena, page_at(page_model::pages));
    good = good && resident == v.payer.resident_pages.load();
    v.space->unmap_all_of(v.payer);
    good = good && v.payer.resident_pages.load() == 0 && v.payer.virtual_pages.load() == 0;
    good = good && v.payer.data_pages.load() == 0;
    return good && v.space->table_pages() == 1;
}

bool large_pages_split_and_move(random_sequence&) noexcept {
    visit v;
    if (!v.space)
        return false;
    const bool large_expected = plentiful();
    constexpr usize bytes = 3 * large_page_size;
    auto mapped = v.space->map(0, bytes, read_write, 0, placement::anywhere, {}, v.payer);
    if (!mapped)
        return false;
    virtual_address at = *mapped;
    bool good = is_aligned(at, large_page_size);
    for (usize i = 0; i < bytes; i += page_size)
        good = good && (large_expected || i < 40 * page_size ? poke(at + i, i + 1) : true);
    if (!large_expected)
        return good && v.space->unmap(at, bytes);
    region_usage u = v.space->usage(at, at + bytes);
    good = good && u.huge > 0 && u.resident == bytes >> page_shift;
    // A hole in the middle of a large page, another protection, then moving what is left
    good = good && v.space->unmap(at + large_page_size + 5 * page_size, page_size);
    good = good && v.space->protect(at + 7 * page_size, page_size, protection::read);
    good = good && !poke(at + 7 * page_size, 0) && holds(at + 7 * page_size, 7 * page_size + 1);
    good = good && faults(at + large_page_size + 5 * page_size);
    auto moved =
        v.space->remap(at + 2 * large_page_size, large_page_size, 2 * large_page_size, 1, 0);
    good = good && moved;
    if (moved) {
        for (usize i = 0; i < large_page_size; i += page_size)
            good = good && holds(*moved + i, 2 * large_page_size + i + 1);
        good = good && holds(*moved + large_page_size, 0);
        auto odd = v.space->remap(*moved, large_page_size, large_page_size, 3, arena + page_size);
        good = good && odd && *odd == arena + page_size;
        for (usize i = 0; odd && i < large_page_size; i += page_size)
            good = good && holds(*odd + i, 2 * large_page_size + i + 1);
    }
    for (usize i = 0; i < large_page_size; i += page_size)
        good = good && holds(at + i, i + 1);
    return good;
}

/// Touches memory until there is none: the kernel must survive, and get all of it back.
bool running_out_is_survived(random_sequence&) noexcept {
    visit v;
    if (!v.space || managed_frames() > 65536)
        return v.space.get() != nullptr;  // takes long on a large machine
    const usize bytes = managed_frames() * 2 * page_size;
    auto at =
        v.space->map(0, bytes, read_write, region_no_reserve, placement::anywhere, {}, v.payer);
    if (!at)
        return false;
    usize touched = 0;
    while (touched < bytes && poke(*at + touched, touched))
        touched += page_size;
    bool good = touched < bytes && sched::current().last_fault_error == errc::out_of_memory;
    // The kernel itself is told, and goes on
    void* more = allocate(4 << 20);
    good = good && !more;
    for (usize i = 0; i < touched && good; i += 64 * page_size)
        good = holds(*at + i, i);
    v.space->unmap_all_of(v.payer);
    return good && touched > managed_frames() / 4 * page_size;
}

namespace {

struct crowd {
    visit* home;
    std::atomic<u32> running{0};
    std::atomic<bool> good{true};
    std::atomic<u32> next{0};
    sched::thread* waiting = nullptr;
};

void crowd_member(void* argument) noexcept {
    auto& c = *static_cast<crowd*>(argument);
    set_current_address_space(c.home->space.get());
    const u32 number = c.next.fetch_add(1);
    address_space& space = *c.home->space;
    constexpr usize bytes = 64 * page_size;
    bool good = true;
    for (u64 round = 0; round < 150 && good; ++round) {
        // Pages of the common region: every thread writes its own word of each
        for (usize i = 0; i < 64; ++i)
            good = good && poke(arena + i * page_size + number * 8, round);
        auto own = space.map(0, bytes, read_write, 0, placement::anywhere, {}, c.home->payer);
        good = good && own;
        if (!own)
            break;
        for (usize i = 0; i < bytes; i += page_size)
            good = good && poke(*own + i, i ^ number);
        good = good && space.protect(*own, bytes / 2, protection::read);
        for (usize i = 0; i < bytes; i += page_size)
            good = good && holds(*own + i, i ^ number);
        good = good && !poke(*own, 1);
        good = good && space.unmap(*own, bytes);
        for (usize i = 0; i < 64; ++i)
            good = good && holds(arena + i * page_size + number * 8, round);
    }
    if (!good)
        c.good.store(false);
    set_current_address_space(nullptr);
    if (c.running.fetch_sub(1) == 1)
        sched::wake(*c.waiting);
}

}  // namespace

bool threads_share_an_address_space(random_sequence&) noexcept {
    visit v;
    if (!v.space)
        return false;
    crowd c{&v};
    c.waiting = &sched::current();
    if (!v.space->map(arena, 64 * page_size, read_write, 0, placement::fixed, {}, v.payer))
        return false;
    constexpr u32 members = 4;
    c.running.store(members + 1);
    for (u32 i = 0; i < members; ++i) {
        auto t = sched::thread::create("memory test", crowd_member, &c);
        if (!t)
            return false;
        (*t)->start();
    }
    c.running.fetch_sub(1);
    (void)sched::wait_until([&] { return c.running.load() == 0; });
    const bool good = c.good.load() && v.payer.resident_pages.load() == 64;
    v.space->unmap_all_of(v.payer);
    return good && v.payer.resident_pages.load() == 0;
}

void measure_memory() noexcept {
    visit v;
    if (!v.space)
        return;
    auto touch = [&](usize bytes, u32 flags, const char* what) {
        auto at = v.space->map(0, bytes, read_write, flags, placement::anywhere, {}, v.payer);
        if (!at)
            return;
        const u64 start = arch::cycle_counter();
        for (usize i = 0; i < bytes; i += page_size)
            (void)poke(*at + i, 1);
        const u64 cycles = arch::cycle_counter() - start;
        (void)v.space->unmap(*at, bytes);
        log::notice("selftest memory: first touch, {}: {} cycles per 4 KB", what,
                    cycles / (bytes >> page_shift));
    };
    // Small machines have no room for more
    const usize bytes = managed_frames() > 32768 ? 16 << 20 : 1 << 20;
    touch(bytes, region_no_huge, "small pages");
    touch(bytes, region_no_huge, "small pages again");
    touch(bytes, 0, "large pages");
    constexpr int rounds = 1000;
    u64 start = 0;
    if (auto at = v.space->map(0, 1 << 20, read_write, region_no_huge, placement::anywhere, {},
                               v.payer)) {
        start = arch::cycle_counter();
        for (usize i = 0; i < 1 << 20; i += page_size)
            (void)v.space->fault(*at + i, protection::write);
        log::notice("selftest memory: fault alone: {} cycles",
                    (arch::cycle_counter() - start) / 256);
        (void)v.space->unmap(*at, 1 << 20);
    }
    start = arch::cycle_counter();
    for (int i = 0; i < rounds; ++i) {
        auto f = allocate_frames();
        if (f)
            release_frame(*f);
    }
    log::notice("selftest memory: allocate + release a frame: {} cycles",
                (arch::cycle_counter() - start) / rounds);
    start = arch::cycle_counter();
    for (int i = 0; i < rounds; ++i)
        if (auto at = v.space->map(0, 65536, read_write, 0, placement::anywhere, {}, v.payer))
            (void)v.space->unmap(*at, 65536);
    log::notice("selftest memory: mmap + munmap 64 KB untouched: {} cycles",
                (arch::cycle_counter() - start) / rounds);
    start = arch::cycle_counter();
    for (int i = 0; i < rounds; ++i)
        deallocate(allocate(200), 200);
    log::notice("selftest memory: allocate + deallocate 200: {} cycles",
                (arch::cycle_counter() - start) / rounds);
    auto object = vm_object::create(1 << 20, nullptr);
    auto buffer = v.space->map(0, 65536, read_write, 0, placement::anywhere, {}, v.payer);
    if (!object || !buffer)
        return;
    for (u64 i = 0; i < 1 << 20; i += 65536)
        (void)(*object)->write(i, reinterpret_cast<void*>(*buffer), 65536);
    start = arch::cycle_counter();
    for (int i = 0; i < rounds; ++i)
        (void)(*object)->read(i % 256 * page_size, reinterpret_cast<void*>(*buffer), page_size);
    log::notice("selftest memory: read 4 KB: {} cycles", (arch::cycle_counter() - start) / rounds);
    start = arch::cycle_counter();
    for (int i = 0; i < rounds; ++i)
        (void)(*object)->write(i % 256 * page_size, reinterpret_cast<void*>(*buffer), page_size);
    log::notice("selftest memory: write 4 KB: {} cycles", (arch::cycle_counter() - start) / rounds);
}

}  // namespace osprey::memory
