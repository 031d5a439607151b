// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::fs::erofs {

/// `--selftest=disk`: reads every file of every disk, by several threads at once, and logs sums
/// that a test compares with the source. Needs started devices. Context: thread.
bool self_test() noexcept;

}  // namespace osprey::fs::erofs
