// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>
#include <span>

namespace osprey {

/// Fills `to` from the system's random generator: one ChaCha20 generator per CPU, each seeded from
/// a common pool and again whenever entropy was added. Context: threads, may sleep.
void random_bytes(void* to, usize bytes) noexcept;
u64 random_number() noexcept;

/// Mixes entropy (virtio-rng, RDRAND, interrupt timing, --seed) into the pool. Context: threads.
void add_entropy(std::span<const u8> entropy) noexcept;

}  // namespace osprey
