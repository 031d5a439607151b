// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <memory/address_space.hh>
#include <memory/out_of_memory.hh>
#include <sched/clock.hh>
#include <sched/scheduler.hh>
#include <trace/tracepoint.hh>

namespace osprey::memory {
namespace {

std::atomic<out_of_memory_handler> handler{nullptr};
sync::mutex reporting;
instant last_report{};

/// The distinct accounts that appear in all address spaces.
struct survey {
    static constexpr usize capacity = 64;
    account* found[capacity];
    usize count = 0;
};

void survey_space(address_space& space, void* context) noexcept {
    space.for_each_region(
        [](const region_view& r, void* argument) {
            auto& s = *static_cast<survey*>(argument);
            for (usize i = 0; i < s.count; ++i)
                if (s.found[i] == r.owner)
                    return true;
            if (s.count < survey::capacity)
                s.found[s.count++] = r.owner;
            return true;
        },
        context);
}

constexpr u64 kilobytes(u64 pages) noexcept {
    return pages * (page_size / 1024);
}

void report_kernel() noexcept {
    const statistics s = get_statistics();
    log::error("out of memory: {} KB in all, {} KB free", kilobytes(s.total), kilobytes(s.free));
    log::error("  page cache {} KB ({} KB dirty), shared memory {} KB, kernel heap {} KB",
               kilobytes(s.cached), kilobytes(s.dirty), kilobytes(s.shared), kilobytes(s.slab));
    log::error("  kernel stacks {} KB, page tables {} KB, anonymous {} KB",
               kilobytes(s.kernel_stacks), kilobytes(s.page_tables), kilobytes(s.anonymous));
}

}  // namespace

void set_out_of_memory_handler(out_of_memory_handler f) noexcept {
    handler.store(f, std::memory_order_release);
}

TRACEPOINT(memory, memory_out_of_memory);
void report_and_end_largest() noexcept {
    TRACE(memory_out_of_memory);
    {
        sync::lock_guard guard{reporting};
        // Threads of one process tend to run out together; give the one that ends time to do so
        const instant now = sched::monotonic_now();
        if (last_report.ns == 0 || now - last_report > duration::milliseconds(500)) {
            last_report = now;
            report_kernel();
            survey s;
            address_space::for_each(survey_space, &s);
            account* largest = nullptr;
            const u64 total = get_statistics().total;
            for (usize i = 0; i < s.count; ++i) {
                account& a = *s.found[i];
                const u64 resident = a.resident_pages.load(std::memory_order_relaxed);
                const i64 badness = a.badness(total);
                log::error("  {}: {} KB resident, {} KB mapped", std::string_view{a.name},
                           kilobytes(resident),
                           kilobytes(a.virtual_pages.load(std::memory_order_relaxed)));
                if (badness >= 0 && (!largest || badness > largest->badness(total)))
                    largest = &a;
            }
            auto end = handler.load(std::memory_order_acquire);
            if (largest && end && end(*largest))
                log::error("out of memory: killed {}", std::string_view{largest->name});
            else
                log::error("out of memory: nothing to end");
        }
    }
    (void)sched::sleep_until(sched::monotonic_now() + duration::milliseconds(10),
                             sched::wait_mode::killable);
}

}  // namespace osprey::memory
