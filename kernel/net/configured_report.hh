// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/configuration.hh>

namespace osprey::net {

/// Writes the log line and tells whoever `on_configured` names.
void report_configured(const configured_address& a) noexcept;

}  // namespace osprey::net
