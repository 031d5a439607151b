// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bus/pci.hh>
#include <drivers/virtio/transport.hh>

namespace osprey::drivers::virtio {

/// Is there a driver for this kind? Devices without one are left alone.
bool is_supported(device_kind kind) noexcept;

/// The transport of a virtio device on PCI: modern if it can, else legacy. Never freed.
/// @return `errc::no_device` for kinds without a driver. Context: threads.
result<transport*> open_pci(bus::pci::function& f) noexcept;
result<transport*> open_legacy_pci(device_kind kind, bus::pci::function& f) noexcept;

}  // namespace osprey::drivers::virtio
