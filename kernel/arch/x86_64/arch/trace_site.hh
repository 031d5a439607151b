// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::trace {
struct tracepoint;
}

/// Places in the kernel's code that can be switched on: a NOP of five bytes, or a jump to code that
/// lies out of the way, or a call that only counts.
namespace osprey::arch {

/// How many kinds of events can be counted, and how many of them have sites in the code.
inline constexpr usize event_capacity = 960, site_event_capacity = 448;

/// False; true once the sites of `Point` are switched on to `jump`.
template <const trace::tracepoint& Point>
[[gnu::always_inline]] inline bool trace_site() noexcept {
    asm inline goto(  // `inline`: small, whatever its text looks like
        "1: .byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n\t"
        ".pushsection .trace_sites, \"a?\"\n\t"
        ".balign 4\n\t"
        ".long 1b - ., %l[on] - ., %c0 - .\n\t"
        ".popsection"
        :
        : "i"(&Point)
        :
        : on);
    return false;
on:
    return true;
}

/// Calls `trace_fire` in a way that keeps every register, so that a site costs its surroundings
/// none. Up to five words go in registers, more in memory.
template <typename... Words>
[[gnu::always_inline]] inline void fire_from_site(const trace::tracepoint& point,
                                                  Words... words) noexcept {
    if constexpr (sizeof...(Words) <= 5) {
        const u64 all[6] = {words...};
        register u64 fourth asm("r8") = all[3];
        register u64 fifth asm("r9") = all[4];
        if constexpr (sizeof...(Words) == 0)
            asm volatile("call trace_fire_entry" ::"D"(&point) : "memory");
        else if constexpr (sizeof...(Words) == 1)
            asm volatile("call trace_fire_entry" ::"D"(&point), "S"(all[0]) : "memory");
        else if constexpr (sizeof...(Words) == 2)
            asm volatile("call trace_fire_entry" ::"D"(&point), "S"(all[0]), "d"(all[1])
                         : "memory");
        else if constexpr (sizeof...(Words) == 3)
            asm volatile("call trace_fire_entry" ::"D"(&point), "S"(all[0]), "d"(all[1]),
                         "c"(all[2])
                         : "memory");
        else if constexpr (sizeof...(Words) == 4)
            asm volatile("call trace_fire_entry" ::"D"(&point), "S"(all[0]), "d"(all[1]),
                         "c"(all[2]), "r"(fourth)
                         : "memory");
        else
            asm volatile("call trace_fire_entry" ::"D"(&point), "S"(all[0]), "d"(all[1]),
                         "c"(all[2]), "r"(fourth), "r"(fifth)
                         : "memory");
    } else {
        const u64 all[] = {words...};
        asm volatile("call trace_fire_entry_long" ::"D"(&point), "S"(all) : "memory");
    }
}

/// What the sites of one event do.
enum class site_state : u8 { off, count, jump };

/// Makes every site do what `wanted` says of its event, on all CPUs; `wanted` gives the number of
/// the event (for `count`) too. A CPU that comes by meanwhile finds it off.
/// Context: threads, interrupts on; one caller at a time.
struct site_order {
    site_state state;
    u32 event;
};
void change_trace_sites(site_order (*wanted)(const trace::tracepoint&) noexcept) noexcept;

/// How often event `event` was counted on a CPU; written by that CPU only, with interrupts off or
/// in one instruction. Any context.
u64& event_count(u32 cpu, u32 event) noexcept;
u64& own_event_count(u32 event) noexcept;

}  // namespace osprey::arch
