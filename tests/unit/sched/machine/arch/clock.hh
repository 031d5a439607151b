// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/cpu.hh>
#include <base/time.hh>

namespace osprey::arch {

inline instant now() noexcept {
    return {cycle_counter()};
}
struct clock_parameters {
    u32 multiplier = 1, shift = 0;
};
inline const clock_parameters& clock_calibration() noexcept {
    static constexpr clock_parameters one_to_one{};
    return one_to_one;
}
inline u64 cycle_frequency() noexcept {
    return 1'000'000'000;
}
inline void set_timer(instant deadline) noexcept {
    this_cpu().timer = deadline.ns;
}
enum class cpu_mode : u8 { application, kernel };
void handle_timer_interrupt(cpu_mode interrupted) noexcept;

}  // namespace osprey::arch
