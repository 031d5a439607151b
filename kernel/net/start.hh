// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>

namespace osprey::net {

/// Starts workers, protocols and the loopback interface; devices come after. The order of things
/// stands in start.cc. Context: threads, once, at boot.
result<void> start() noexcept;

}  // namespace osprey::net
