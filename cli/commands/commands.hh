// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace osprey::cli::commands {

/// Each adds its subcommand; the subcommand's work is done by the function that it returns,
/// which gives the exit code of the tool.
using action = std::function<int()>;

action add_run(CLI::App& app);
action add_build(CLI::App& app);
action add_inspect(CLI::App& app);
action add_doctor(CLI::App& app);
action add_exec(CLI::App& app);
action add_pcap(CLI::App& app);
action add_version(CLI::App& app);

}  // namespace osprey::cli::commands
