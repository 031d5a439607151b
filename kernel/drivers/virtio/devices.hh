// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <drivers/virtio/transport.hh>

namespace osprey::drivers::virtio {

// One function per kind of device: takes the device over and registers what it offers. On failure
// the caller logs the error and tells the device. Context: threads, may sleep.
result<void> attach_block(transport& device) noexcept;
result<void> attach_entropy(transport& device) noexcept;
result<void> attach_console(transport& device) noexcept;
result<void> attach_network(transport& device) noexcept;

}  // namespace osprey::drivers::virtio
