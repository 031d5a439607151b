// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// How the 256 interrupt vectors are used. Higher numbers have priority in the local APIC.
namespace osprey::arch::vectors {

inline constexpr unsigned first_device = 0x30;
inline constexpr unsigned device_count = 0x60;
inline constexpr unsigned timer = 0xf0;
inline constexpr unsigned reschedule = 0xf1;
inline constexpr unsigned call = 0xf2;
inline constexpr unsigned apic_error = 0xfe;
inline constexpr unsigned spurious = 0xff;

}  // namespace osprey::arch::vectors
