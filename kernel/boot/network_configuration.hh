// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boot/command_line.hh>

namespace osprey::boot {

/// Starts DHCP and the rest of the network's configuration as the command line wants it, and sees
/// to it that programs start when there is an address. Devices are known. Context: threads.
void start_network_configuration(const command_line& line) noexcept;

}  // namespace osprey::boot
