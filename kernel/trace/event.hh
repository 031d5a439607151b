// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <trace/layout.hh>

/// All events of the kernel by number: those of tracepoints, then one for each system call.
namespace osprey::trace {

/// Numbers of formats: the first ones are ftrace's own (Linux 6.1: enum trace_type).
inline constexpr u32 kernel_stack_id = 4, print_id = 5, user_stack_id = 12, first_event_id = 32;

/// What the layer of system calls tells of its events.
struct call_events {
    u32 limit;  ///< system calls have smaller numbers
    /// False if there is no such call.
    bool (*describe)(u32 number, layout& out) noexcept;
    /// Looks again which calls' events are on (`mode_of`).
    void (*change)() noexcept;
};
/// Once, at boot.
void set_call_events(const call_events& events) noexcept;
const call_events& calls() noexcept;

/// Those with tracepoints; events of system calls have higher numbers.
u32 point_count() noexcept;
const tracepoint& point(u32 event) noexcept;
u32 event_of(const tracepoint& point) noexcept;
u32 event_limit() noexcept;
inline u32 event_of_call(u32 number) noexcept {
    return point_count() + number;
}
/// @return false if there is no event of this number (a system call that Linux does not have).
bool describe_event(u32 event, layout& out) noexcept;

/// What is done when an event fires.
enum mode : u8 {
    mode_off = 0,
    mode_record = 1,
    mode_count = 2,
    mode_stack = 4,  // record the call chain
};
u8 mode_of(u32 event) noexcept;
/// Only notes it: `apply_modes` switches the sites. One caller at a time.
void set_mode(u32 event, u8 mode) noexcept;
/// Makes the kernel's code agree with the modes. Context: threads, interrupts on; one at a time.
void apply_modes() noexcept;

/// Of all CPUs, while it is counted.
u64 count_of(u32 event) noexcept;
void clear_count(u32 event) noexcept;

/// Does `name` match a pattern with `*` and `?` (fnmatch(3))?
bool matches(std::string_view pattern, std::string_view name) noexcept;

}  // namespace osprey::trace
