// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/trace_site.hh>
#include <atomic>
#include <trace/event.hh>

namespace osprey::trace {
namespace {

extern "C" const tracepoint trace_events_start[], trace_events_end[];

constinit std::atomic<u8> modes[arch::event_capacity] = {};
constinit call_events call_source{0, nullptr, nullptr};
/// What was counted before `clear_count`: counts themselves belong to their CPUs.
constinit u64 counted_before[arch::event_capacity] = {};

u64 count_on_all_cpus(u32 event) noexcept {
    u64 sum = 0;
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        sum += __atomic_load_n(&arch::event_count(cpu, event), __ATOMIC_RELAXED);
    return sum;
}

}  // namespace

void set_call_events(const call_events& events) noexcept {
    call_source = events;
}
const call_events& calls() noexcept {
    return call_source;
}

u32 point_count() noexcept {
    return static_cast<u32>(trace_events_end - trace_events_start);
}
const tracepoint& point(u32 event) noexcept {
    return trace_events_start[event];
}
u32 event_of(const tracepoint& point) noexcept {
    return static_cast<u32>(&point - trace_events_start);
}
u32 event_limit() noexcept {
    return point_count() + call_source.limit;
}

bool describe_event(u32 event, layout& out) noexcept {
    if (event < point_count()) {
        out = layout_of(point(event));
        return true;
    }
    return event < event_limit() && call_source.describe(event - point_count(), out);
}

u8 mode_of(u32 event) noexcept {
    return modes[event].load(std::memory_order_relaxed);
}
void set_mode(u32 event, u8 mode) noexcept {
    modes[event].store(mode, std::memory_order_relaxed);
}

void apply_modes() noexcept {
    arch::change_trace_sites([](const tracepoint& p) noexcept -> arch::site_order {
        const u32 event = event_of(p);
        const u8 mode = mode_of(event);
        return {mode & (mode_record | mode_stack) ? arch::site_state::jump
                : mode & mode_count               ? arch::site_state::count
                                                  : arch::site_state::off,
                event};
    });
    if (call_source.change)
        call_source.change();
}

u64 count_of(u32 event) noexcept {
    return count_on_all_cpus(event) - counted_before[event];
}
void clear_count(u32 event) noexcept {
    counted_before[event] = count_on_all_cpus(event);
}

bool matches(std::string_view pattern, std::string_view name) noexcept {
    usize p = 0, n = 0, star = pattern.npos, retry = 0;
    while (n < name.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++p;
            ++n;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = n;
        } else if (star != pattern.npos) {
            p = star + 1;
            n = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

}  // namespace osprey::trace
