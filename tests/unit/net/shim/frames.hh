// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace test {
/// Frames that are allocated and not given back: for leak checks.
long frames_in_use();
}  // namespace test
