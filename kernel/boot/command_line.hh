// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/string.hh>
#include <base/vector.hh>

namespace osprey::boot {

/// The kernel's command line: options `--name[=value]`, then the programs to run
/// (`program args ; program args & …`) with the quoting of a shell: '…', "…" and backslash.
/// Options end at the first word that is none. See docs/boot.md.
struct command_line {
    struct option {
        string name, value;  // without the dashes; no "=": empty value
    };
    struct program {
        vector<string> words;
        bool background = false;  // "&": the next one does not wait for it
    };

    vector<option> options;  // in order; a later one counts more
    vector<program> programs;

    [[nodiscard]] bool has(std::string_view name) const noexcept;
    /// The value of the last option of this name; empty when there is none.
    [[nodiscard]] std::string_view value(std::string_view name) const noexcept;
};

/// @return `errc::invalid_argument` for an open quote or an empty program between two operators;
/// `errc::out_of_memory`. Context: threads.
result<command_line> parse_command_line(std::string_view text) noexcept;

}  // namespace osprey::boot
