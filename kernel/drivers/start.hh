// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace osprey::drivers {

/// Looks for the machine's PCI devices. Context: the boot CPU before others start; needs the heap.
void find_devices() noexcept;
/// Starts the drivers of the devices found, and of those without a bus: afterwards disks, character
/// ports and the entropy source are registered. Context: threads, once; needs interrupts, clock and
/// heap.
void start_devices(std::string_view command_line) noexcept;

}  // namespace osprey::drivers
