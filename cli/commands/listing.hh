// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json.hpp>
#include <qemu/known_runs.hh>
#include <string>
#include <vector>

namespace osprey::cli::commands {

/// Columns of text, as wide as their widest entry, on stdout.
class table {
public:
    explicit table(std::vector<std::string> head) { rows_.push_back(std::move(head)); }
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    void print() const;
    /// The same as text, each line ended.
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

/// What a run left and how it is now: its record with `state`, `status` and `exit` as members.
[[nodiscard]] nlohmann::json run_as_json(const qemu::known_run& run);

/// Indented JSON on stdout; text that is no UTF-8 is mended.
void print_json(const nlohmann::json& value);
/// One line of JSON on stdout, flushed: for commands that go on.
void print_json_line(const nlohmann::json& value);

/// "5 seconds", "3 minutes", "2 days".
[[nodiscard]] std::string human_age(uint64_t seconds);

}  // namespace osprey::cli::commands
