// SPDX-License-Identifier: BSD-3-Clause
#include <arch/clock.hh>
#include <arch/cpu.hh>
#include <arch/io.hh>
#include <base/log_ring.hh>
#include <boot/power.hh>
#include <bus/acpi.hh>

namespace osprey::boot {
namespace {

namespace acpi = bus::acpi;

constexpr u16 debug_exit_port = 0x501;  // QEMU -device isa-debug-exit,iobase=0x501
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

/// A power request takes effect when the machine's own thread gets to it.
void wait_for_effect() noexcept {
    const instant end = arch::now() + duration::seconds(2);
    for (u64 i = 0; i < 100'000'000 && arch::now() < end; ++i)
        arch::relax();
}

void enter_s5() noexcept {
    const auto& hardware = acpi::fixed();
    if (!hardware.can_switch_off)
        return;
    if (hardware.sleep_control) {
        acpi::write_register(hardware.sleep_control, hardware.s5_type_a << 2 | 1 << 5);
    } else {
        constexpr u32 sleep_enable = 1 << 13;
        if (hardware.pm1a_control)
            acpi::write_register(hardware.pm1a_control, hardware.s5_type_a << 10 | sleep_enable);
        if (hardware.pm1b_control)
            acpi::write_register(hardware.pm1b_control, hardware.s5_type_b << 10 | sleep_enable);
    }
    wait_for_effect();
}

}  // namespace

void exit_with(u8 value) noexcept {
    arch::disable_interrupts();
    log::flush_console();
    arch::port_out8(debug_exit_port, value);
    if (value == crash_exit_value)
        arch::port_out8(pvpanic_port, 1);  // PVPANIC_PANICKED
    power_off();
}

void power_off() noexcept {
    arch::disable_interrupts();
    log::flush_console();
    enter_s5();
    arch::port_out8(debug_exit_port, 0);
    reset();
}

void reset() noexcept {
    arch::disable_interrupts();
    log::flush_console();
    if (acpi::fixed().reset) {
        acpi::write_register(acpi::fixed().reset, acpi::fixed().reset_value);
        wait_for_effect();
    }
    arch::port_out8(keyboard_controller, 0xfe);
    wait_for_effect();
    triple_fault();
}

}  // namespace osprey::boot
