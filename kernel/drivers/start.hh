// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace osprey::drivers {

/// Finds the machine's devices and starts their drivers: afterwards disks, character ports and the
/// entropy source are registered. Context: threads, once; needs interrupts, clock and heap.
void start_devices(std::string_view command_line) noexcept;

}  // namespace osprey::drivers
