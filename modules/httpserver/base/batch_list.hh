// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace osprey::rest {

struct batch_entry {
    std::string method;
    std::string url;  ///< begins with "/"
};

/// The list of a batch: `[{"method":"GET","relative_url":"/os/name"},…]`, keys in any order, in
/// single or double quotes. Throws `api_error` (400) for anything else.
[[nodiscard]] std::vector<batch_entry> parse_batch(std::string_view text);

}  // namespace osprey::rest
