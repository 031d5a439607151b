// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/call.hh>

namespace osprey::rest {

/// Switch the machine off, or start it anew, a moment after the answer. 403 without the right to.
reply power_off(call&);
reply restart(call&);

}  // namespace osprey::rest
