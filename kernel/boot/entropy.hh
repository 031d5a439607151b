// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace osprey::boot {

/// Seeds the system's random pool from what every machine has: the processor's generator, the
/// jitter of its clock, the time of day and what the loader told. Devices add theirs when they
/// start. Context: threads, before the first program.
void seed_random_pool() noexcept;

}  // namespace osprey::boot
