// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <arch/registers.hh>
#include <base/errc.hh>

namespace osprey::abi {

/// Is `answer` one of the codes that never reach an application (errc::restart_*)?
constexpr bool is_restart(i64 answer) noexcept {
    return static_cast<u64>(answer) - static_cast<u64>(-516) <= 4;
}

/// Leaves what signal delivery (process/) needs to restart the interrupted call or to make EINTR
/// of it, and makes sure that it runs before the application does.
void prepare_restart(arch::register_frame& frame, u64 number) noexcept;

}  // namespace osprey::abi
