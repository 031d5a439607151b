// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <process/process.hh>

namespace osprey::abi {

using process_settings = proc::process_settings;

/// What prctl(2), mlockall(2), membarrier(2) and the like set for a process.
inline process_settings& settings_of(proc::process& p) noexcept {
    return p.settings;
}

}  // namespace osprey::abi
