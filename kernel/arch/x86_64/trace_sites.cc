// SPDX-License-Identifier: BSD-3-Clause
// Patching of trace sites while other CPUs run over them (Intel SDM vol. 3A §9.1.3): first a
// breakpoint in place of the first byte, then the other bytes, then the first; after each step
// every CPU executes a serialising instruction. Who meets the breakpoint goes on behind the site.
#include <arch/cpu.hh>
#include <arch/descriptors.hh>
#include <arch/machine.hh>
#include <arch/paging.hh>
#include <arch/trace_site.hh>
#include <arch/traps.hh>
#include <cstddef>
#include <cstring>

namespace osprey::arch {
namespace {

/// As `trace_site` writes it; each relative to its own place.
struct site {
    i32 address, target, point;
};
static_assert(sizeof(site) == 12);

constexpr usize site_bytes = 5;
constexpr u8 no_operation[site_bytes] = {0x0f, 0x1f, 0x44, 0x00, 0x00};
constexpr u8 breakpoint = 0xcc, jump_relative = 0xe9, call_relative = 0xe8;
constexpr usize counter_bytes = 10;  // of one piece of trace_counters

extern "C" {
extern const site trace_sites_start[], trace_sites_end[];
extern const char trace_counters[];  // trace_entry.S
}

u64 place(const i32& field) noexcept {
    return reinterpret_cast<u64>(&field) + static_cast<i64>(field);
}

/// The kernel's text is not writable; the direct map shows the same memory.
u8* writable(u64 text) noexcept {
    return direct<u8>(physical_address{text - kernel_image_base});
}

struct instruction {
    u8 bytes[site_bytes];
};

instruction encode(const site& s, const site_order& order) noexcept {
    instruction code;
    std::memcpy(code.bytes, no_operation, site_bytes);
    if (order.state == site_state::off)
        return code;
    const bool counts = order.state == site_state::count;
    const u64 to = counts ? reinterpret_cast<u64>(trace_counters) + counter_bytes * order.event
                          : place(s.target);
    const i32 distance = static_cast<i32>(to - (place(s.address) + site_bytes));
    code.bytes[0] = counts ? call_relative : jump_relative;
    std::memcpy(code.bytes + 1, &distance, sizeof distance);
    return code;
}

void serialise_all() noexcept {
    call_on_all_cpus([](void*) { cpuid(0); }, nullptr);
}

}  // namespace

void change_trace_sites(site_order (*wanted)(const trace::tracepoint&) noexcept) noexcept {
    enum class step : u8 { stop, tail, head };
    for (const step now : {step::stop, step::tail, step::head}) {
        bool changed = false;
        for (const site* s = trace_sites_start; s != trace_sites_end; ++s) {
            const auto& point = *reinterpret_cast<const trace::tracepoint*>(place(s->point));
            const instruction next = encode(*s, wanted(point));
            u8* at = writable(place(s->address));
            if (now == step::stop) {
                if (std::memcmp(at, next.bytes, site_bytes) == 0)
                    continue;
                __atomic_store_n(at, breakpoint, __ATOMIC_RELEASE);
            } else if (at[0] != breakpoint) {
                continue;
            } else if (now == step::tail) {
                std::memcpy(at + 1, next.bytes + 1, site_bytes - 1);
            } else {
                __atomic_store_n(at, next.bytes[0], __ATOMIC_RELEASE);
            }
            changed = true;
        }
        if (!changed)
            return;
        serialise_all();
    }
}

bool pass_trace_site(register_frame& frame) noexcept {
    const u64 address = frame.rip - 1;
    for (const site* s = trace_sites_start; s != trace_sites_end; ++s)
        if (place(s->address) == address) {
            frame.rip = address + site_bytes;
            return true;
        }
    return false;
}

u64& event_count(u32 id, u32 event) noexcept {
    return reinterpret_cast<cpu_area&>(cpu(id)).event_counts[event];
}
u64& own_event_count(u32 event) noexcept {
    return reinterpret_cast<cpu_area&>(this_cpu()).event_counts[event];
}

static_assert(offsetof(cpu_area, block) == 0);

/// Never called: its text tells trace_entry.S where the counts are.
[[gnu::used]] void define_trace_offsets() noexcept {
    asm volatile(".globl trace_counts_at\n\t.set trace_counts_at, %c0" ::"i"(
        offsetof(cpu_area, event_counts)));
    asm volatile(
        ".globl trace_counter_count\n\t.set trace_counter_count, %c0" ::"i"(site_event_capacity));
}

}  // namespace osprey::arch
