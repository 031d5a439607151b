// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace osprey::cli::image {

/// CRC-32C (Castagnoli). `state` begins as all ones; whether the sum is its inverse is up to the
/// format.
[[nodiscard]] uint32_t crc32c(uint32_t state, const unsigned char* data, size_t size);

}  // namespace osprey::cli::image
