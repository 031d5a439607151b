// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::arch {

/// A counter of known frequency that the time-stamp counter is measured against.
struct reference_clock {
    const char* name = nullptr;
    u64 (*read)() noexcept = nullptr;
    u64 frequency = 0;  // Hz
    u64 mask = 0;       // the counter wraps after this value
    u64 window_ns = 0;  // how long to measure at least, for its resolution
    bool counts_down = false;
    bool usable_as_clock = false;  // wide enough never to wrap
};

/// The best one this machine has: the hypervisor's, HPET, ACPI PM timer, PIT. Boot CPU.
reference_clock find_reference_clock() noexcept;

}  // namespace osprey::arch
