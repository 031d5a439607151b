// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {

/// Turns on x87, SSE and what XSAVE covers on the running CPU; the boot CPU also chooses how states
/// are saved. Interrupts off.
void initialize_fpu() noexcept;

/// Stores and loads the live state of the running CPU in the form of thread contexts.
void fpu_save(void* area) noexcept;
void fpu_load(const void* area) noexcept;

/// Are RDFSBASE and WRFSBASE there? Chosen by `initialize_fpu` too.
bool has_fsgsbase() noexcept;

}  // namespace osprey::arch
