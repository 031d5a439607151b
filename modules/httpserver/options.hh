// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/settings.hh>

#include <optional>

namespace osprey::rest {

/// Reads the command line, and the configuration file if it names one (the command line wins).
/// @return nothing if the program shall end with `status`: --help, or a mistake, which was told.
[[nodiscard]] std::optional<settings> read_options(int argc, char** argv, int& status);

}  // namespace osprey::rest
