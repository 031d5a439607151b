// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// What boot/start.cc calls, in this order.
namespace osprey::arch {

/// The private area, descriptor tables, interrupt table and system-call entry of CPU 0.
/// Before it nothing may fault, log or use per-CPU data.
void initialize_boot_cpu() noexcept;

}  // namespace osprey::arch
