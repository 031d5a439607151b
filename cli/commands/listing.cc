// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <base/text.hh>
#include <commands/listing.hh>

#include <algorithm>
#include <cstdio>

namespace osprey::cli::commands {

namespace {

/// Characters on the screen, if each code point takes one.
size_t width_of(const std::string& text) {
    return static_cast<size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string table::text() const {
    std::vector<size_t> widths(rows_[0].size());
    for (const auto& row : rows_) {
        for (size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::string all;
    for (const auto& row : rows_) {
        std::string line;
        for (size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            line.append(i + 1 < row.size() ? widths[i] - width_of(row[i]) + 3 : 0, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        all += line + "\n";
    }
    return all;
}

void table::print() const {
    fmt::print("{}", text());
}

nlohmann::json run_as_json(const qemu::known_run& run) {
    nlohmann::json facts = run.facts;
    facts["id"] = run.id;
    facts["name"] = run.name();
    facts["state"] = qemu::name_of(run.state);
    facts["folder"] = run.folder.string();
    if (run.state != qemu::run_state::exited) {
        facts["status"] = nullptr;
    }
    return facts;
}

void print_json(const nlohmann::json& value) {
    fmt::print("{}\n", value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_json_line(const nlohmann::json& value) {
    fmt::print("{}\n", value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    std::fflush(stdout);
}

std::string human_age(uint64_t seconds) {
    struct unit {
        uint64_t seconds;
        const char* name;
    };
    constexpr unit units[]{{86400, "day"}, {3600, "hour"}, {60, "minute"}};
    for (const unit& u : units) {
        if (seconds >= u.seconds) {
            return counted(seconds / u.seconds, u.name);
        }
    }
    return counted(seconds, "second");
}

}  // namespace osprey::cli::commands
