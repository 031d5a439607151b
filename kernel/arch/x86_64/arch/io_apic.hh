// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/interrupts.hh>

/// The controllers of wired interrupts: Intel 82093AA data sheet.
namespace osprey::arch::io_apic {

/// Maps all that ACPI lists (without ACPI the one at 0xfec00000) and masks every input; masks the
/// two 8259 controllers too. Boot CPU, once.
void initialize() noexcept;

/// Routes an input to a vector of the CPU with APIC id `target`, unmasked.
/// @return `errc::no_device` when no controller has that input.
result<void> route(u32 gsi, u8 vector, u32 target, trigger mode) noexcept;
void mask(u32 gsi) noexcept;

}  // namespace osprey::arch::io_apic
