// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>

namespace osprey::net::tcp {

/// Makes TCP known to the IP layers and to socket(2). At boot, before any interface is up.
result<void> start() noexcept;

}  // namespace osprey::net::tcp
