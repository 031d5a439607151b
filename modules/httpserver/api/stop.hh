// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <httplib.h>

namespace osprey::rest {

/// Makes POST /api/stop stop this server.
void stop_with(httplib::Server& web);

}  // namespace osprey::rest
