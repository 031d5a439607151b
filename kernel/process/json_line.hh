// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/format.hh>
#include <base/types.hh>
#include <string_view>

namespace osprey::proc {

// As much of JSON (RFC 8259) as the control channel needs: flat objects on one line.

/// Writes `text` as a JSON string with its quotes. Bytes that are not ASCII pass as they are.
void write_json_string(text_sink& out, std::string_view text) noexcept;

/// The unsigned number of member `name`; false when the line has none. For an array of numbers,
/// `index` says which one.
bool find_json_number(std::string_view line, std::string_view name, u64& value,
                      unsigned index = 0) noexcept;

}  // namespace osprey::proc
