// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace osprey::cli::commands {

/// Help with a usage line of our own, which CLI11 cannot derive for "PROGRAM [ARGUMENTS…]".
class usage_formatter : public CLI::Formatter {
public:
    explicit usage_formatter(std::string usage) : usage_{std::move(usage)} { column_width(30); }
    std::string make_usage(const CLI::App*, std::string) const override { return usage_ + "\n"; }
    /// An option's names without CLI11's "{value when none is given}".
    std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
        std::string name = CLI::Formatter::make_option_name(option, is_positional);
        const size_t open = name.find('{');
        return open == std::string::npos ? name : name.erase(open, name.find('}') + 1 - open);
    }
    /// The footer without CLI11's extra blank line.
    std::string make_footer(const CLI::App* app) const override {
        return app->get_footer().empty() ? "" : app->get_footer() + "\n";
    }

private:
    std::string usage_;
};

inline void set_usage(CLI::App& app, const std::string& usage) {
    app.formatter(std::make_shared<usage_formatter>(usage));
}

}  // namespace osprey::cli::commands
