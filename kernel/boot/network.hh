// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boot/command_line.hh>

namespace osprey::boot {

/// Brings the network interfaces up and configures them as the command line says (docs/boot.md).
/// What makes no sense is named in the log and left out. Context: threads, once, after the devices.
void configure_network(const command_line& line) noexcept;

/// --net=none of an image, which is known only later. Context: threads.
void take_network_down() noexcept;

}  // namespace osprey::boot
