// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/io.hh>
#include <boot/power.hh>

namespace osprey::boot {
namespace {

constexpr u16 debug_exit_port = 0x501;
constexpr u16 pvpanic_port = 0x505;
constexpr u16 keyboard_controller = 0x64;

/// An exception without an interrupt table: the processor shuts down, the machine resets.
[[noreturn]] void triple_fault() noexcept {
    const struct [[gnu::packed]] {
        u16 limit;
        u64 base;
    } none{};
    asm volatile("lidt %0; int3" ::"m"(none));
    arch::halt_forever();
}

}  // namespace

void exit_with(u8 value) noexcept {
    arch::port_out8(debug_exit_port, value);
    if (value == crash_exit_value)
        arch::port_out8(pvpanic_port, 1);  // PVPANIC_PANICKED
    power_off();
}

void power_off() noexcept {
    arch::port_out8(debug_exit_port, 0);
    reset();
}

void reset() noexcept {
    arch::port_out8(keyboard_controller, 0xfe);
    triple_fault();
}

}  // namespace osprey::boot
