// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/time.hh>
#include <base/types.hh>

namespace osprey::arch {

/// Nanoseconds since boot. Any context. The vDSO computes the same from the same data.
instant now() noexcept;

/// How a reader turns the cycle counter into time: ns = base_ns + ((tsc - base_tsc) * mult >>
/// shift). Written once at boot; `usable` is false when another clock (HPET, PM timer) has to be
/// read.
struct clock_parameters {
    u64 base_tsc;
    u64 base_ns;
    u32 multiplier;
    u32 shift;
    bool usable;
};
const clock_parameters& clock_calibration() noexcept;
u64 cycle_frequency() noexcept;  // Hz

/// Makes this CPU's timer interrupt fire at `deadline` (once); `never()` turns it off.
/// The interrupt calls `handle_timer_interrupt`. Context: interrupts off.
void set_timer(instant deadline) noexcept;
/// What ran when an interrupt came.
enum class cpu_mode : u8 { application, kernel };
/// Implemented in sched/.
void handle_timer_interrupt(cpu_mode interrupted) noexcept;

/// Calls `take_sample` on each CPU every `ns` nanoseconds, whatever its timer does besides; 0 ends
/// it. Context: threads, interrupts on.
void set_sample_period(u64 ns) noexcept;
/// Implemented in trace/. Interrupt context.
void take_sample() noexcept;

/// Seconds since 1970 from the real-time clock, read once at boot.
i64 read_real_time_clock() noexcept;

}  // namespace osprey::arch
