// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <string_view>

namespace osprey::bus {

/// A window of virtio registers outside any discoverable bus (virtio 1.2 §4.2).
struct virtio_mmio_window {
    physical_address start{};
    u32 bytes = 0;
    u32 gsi = 0;
};

/// Calls `visit` for every window that the ACPI name space has, or the command line names
/// (`virtio_mmio.device=512@0xfeb00000:5`, as Linux understands it), or, on a machine without ACPI
/// and PCI, that QEMU's microvm always has. Context: threads.
void for_each_virtio_mmio_window(std::string_view command_line,
                                 void (*visit)(const virtio_mmio_window&)) noexcept;

}  // namespace osprey::bus
