// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::boot {

/// Reads firmware's tables, asks who runs this machine, and tells arch/ what it has to know of
/// both. Boot CPU, before threads.
void describe_platform() noexcept;

}  // namespace osprey::boot
