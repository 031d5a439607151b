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
action add_ps(CLI::App& app);
action add_logs(CLI::App& app);
action add_stop(CLI::App& app);
action add_wait(CLI::App& app);
action add_rm(CLI::App& app);
action add_exec(CLI::App& app);
action add_cp(CLI::App& app);
action add_env(CLI::App& app);
action add_dmesg(CLI::App& app);
action add_stats(CLI::App& app);
action add_top(CLI::App& app);
action add_strace(CLI::App& app);
action add_gdb(CLI::App& app);
action add_pcap(CLI::App& app);
action add_version(CLI::App& app);

}  // namespace osprey::cli::commands
