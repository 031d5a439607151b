// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/call.hh>

namespace osprey::rest {

/// The kernel's log as one text, lines as the kernel's console shows them.
reply get_log(call& c);

}  // namespace osprey::rest
