// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory/address_space.hh>

namespace osprey::proc {

/// Maps the vDSO (an ELF shared object of the kernel, vdso(7)) and its data page.
/// @return the address of its ELF header, for AT_SYSINFO_EHDR. Context: threads.
result<virtual_address> map_vdso(memory::address_space& space, memory::account& payer) noexcept;

/// Tells the vDSO that the real-time clock was set (clock_settime(2)). Context: threads.
void update_vdso_clock() noexcept;

}  // namespace osprey::proc
