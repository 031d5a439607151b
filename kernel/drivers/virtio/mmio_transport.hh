// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bus/virtio_mmio.hh>
#include <drivers/virtio/transport.hh>

namespace osprey::drivers::virtio {

/// The transport of the device in a register window, version 1 or 2. Never freed.
/// @return `errc::no_device`: the window is empty, or there is no driver for it. Context: threads.
result<transport*> open_mmio(const bus::virtio_mmio_window& window) noexcept;

}  // namespace osprey::drivers::virtio
