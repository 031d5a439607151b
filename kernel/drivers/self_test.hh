// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::drivers {

/// `--selftest=msi`: QEMU's device for teaching (`-device edu`, docs/specs/edu in its source),
/// which has MSI and no MSI-X, interrupts each CPU in turn. @return whether each interrupt came
/// once and on its CPU. Context: thread.
bool message_self_test() noexcept;

}  // namespace osprey::drivers
