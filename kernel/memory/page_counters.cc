// SPDX-License-Identifier: BSD-3-Clause
#include <memory/page_counters.hh>

namespace osprey::memory {

OSPREY_PER_CPU(page_counters, cpu_page_counters);

page_counters get_page_counters() noexcept {
    page_counters sum{};
    const auto add = [](i64& to, const i64& from) noexcept {
        to += __atomic_load_n(&from, __ATOMIC_RELAXED);
    };
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        const page_counters& c = cpu_page_counters.of(cpu);
        for (unsigned kind = 0; kind < page_kinds; ++kind)
            add(sum.mapped[kind], c.mapped[kind]);
        add(sum.mapped_huge, c.mapped_huge);
        add(sum.committed, c.committed);
        add(sum.faults, c.faults);
        add(sum.major_faults, c.major_faults);
    }
    // A page may be counted out on one CPU before it is seen counted in on another
    i64* const levels[] = {&sum.mapped[0], &sum.mapped[1], &sum.mapped[2], &sum.mapped_huge,
                           &sum.committed};
    for (i64* level : levels)
        *level = *level < 0 ? 0 : *level;
    return sum;
}

}  // namespace osprey::memory
