// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <span>
#include <string_view>

/// What the firmware's ACPI tables say about the machine (ACPI 6.4). The tables are read once at
/// boot; there is no AML interpreter: the one object needed of it, \_S5, is found by its bytes.
namespace osprey::bus::acpi {

/// Maps and reads the tables that `rsdp` leads to; zero: looks for it in the BIOS area. Without
/// ACPI everything below answers with nothing. Context: boot CPU, before threads.
void initialize(physical_address rsdp) noexcept;
bool present() noexcept;

/// A whole table with its header, or empty. `index`: which one of several (SSDT).
std::span<const u8> find_table(std::string_view signature, unsigned index = 0) noexcept;

// MADT, §5.2.12
struct io_apic {
    physical_address address{};
    u32 id = 0;
    u32 first_gsi = 0;
};
/// A legacy interrupt that is wired differently from 1:1, edge, high.
struct interrupt_override {
    u32 gsi = 0;
    u8 irq = 0;
    bool level = false;
    bool low = false;
};
physical_address local_apic_address() noexcept;
std::span<const u32> processors() noexcept;  // APIC ids of the usable ones, in table order
std::span<const io_apic> io_apics() noexcept;
std::span<const interrupt_override> interrupt_overrides() noexcept;
/// The global system interrupt of a legacy IRQ number.
u32 gsi_of_irq(u8 irq) noexcept;

// HPET table (IA-PC HPET 1.0a §3.2.4), zero: none
physical_address hpet_address() noexcept;

// MCFG (PCI firmware 3.0 §4.1.2)
struct configuration_window {
    physical_address address{};
    u16 segment = 0;
    u8 first_bus = 0, last_bus = 0;
};
std::span<const configuration_window> configuration_windows() noexcept;

/// A register in the generic address form, §5.2.3.2.
struct generic_register {
    physical_address address{};
    u8 space = 0;  // 0 memory, 1 I/O ports
    u8 bits = 0;
    explicit operator bool() const noexcept { return raw(address) != 0; }
};

// FADT, §5.2.9
struct fixed_hardware {
    u16 pm_timer_port = 0;
    bool pm_timer_32bit = false;
    generic_register pm1a_control, pm1b_control;  // switch off: SLP_TYP << 10 | SLP_EN << 13
    generic_register sleep_control;               // hardware-reduced: SLP_TYP << 2 | SLP_EN << 5
    generic_register reset;
    u8 reset_value = 0;
    u16 boot_architecture = 0;
    u8 century_register = 0;  // CMOS address, 0: none
    bool can_switch_off = false;
    u8 s5_type_a = 0, s5_type_b = 0;
};
const fixed_hardware& fixed() noexcept;

/// Writes a register; memory registers must have been mapped at boot (those of `fixed()` are).
void write_register(const generic_register& reg, u32 value) noexcept;

}  // namespace osprey::bus::acpi
