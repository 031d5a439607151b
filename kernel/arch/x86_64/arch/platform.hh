// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <span>

namespace osprey::arch {

/// A clock that the hypervisor keeps for its guests.
struct hypervisor_clock {
    const char* name;
    void (*enable)() noexcept;          ///< once per CPU, interrupts off
    u64 (*read)() noexcept;             ///< nanoseconds; never goes backward on any CPU
    u64 (*cycle_frequency)() noexcept;  ///< of the time-stamp counter in Hz; 0: not known
    i64 (*read_wall_clock)() noexcept;  ///< seconds since 1970
};

/// What this folder needs to know of the machine and no instruction tells: firmware's tables and
/// the hypervisor do. Zeros stand for "has none".
struct platform_description {
    struct wired_controller {
        physical_address address{};
        u32 first_interrupt = 0;  // global system interrupt of its input 0
    };
    bool has_tables = false;  // without, the addresses of every old PC are tried
    physical_address local_apic{};
    std::span<const u32> processors;  // APIC ids of the usable ones
    wired_controller io_apics[8];
    u32 io_apic_count = 0;
    physical_address hpet{};
    u16 pm_timer_port = 0;
    bool pm_timer_32bit = false;
    u8 century_register = 0;  // address in the real-time clock's memory
    const hypervisor_clock* clock = nullptr;
};

/// Boot CPU, before `initialize_interrupt_controllers`. The lists must stay.
void set_platform(const platform_description& description) noexcept;
const platform_description& platform() noexcept;

}  // namespace osprey::arch
