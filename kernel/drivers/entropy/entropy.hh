// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::drivers {

/// Fills `to` from a hardware source of the machine (virtio-rng). Context: threads, may sleep.
/// @return bytes got; 0: there is no such device.
usize hardware_entropy(void* to, usize bytes) noexcept;

}  // namespace osprey::drivers
