// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace osprey::rest {

/// Programs of a command line: words with quotes ('…', "…", backslash), `&` between programs,
/// `$NAME` and `${NAME}` for variables outside of single quotes. Throws `api_error` (400) for an
/// open quote, an empty program, and `;`, which would have to wait.
[[nodiscard]] std::vector<std::vector<std::string>> parse_commands(
    std::string_view text,
    const std::function<std::optional<std::string>(const std::string&)>& variable);

}  // namespace osprey::rest
