// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace osprey::cli {

/// How a finished command ended and what it wrote.
struct command_result {
    int status = 0;  ///< exit code, 128+signal when killed, 127 when it could not start
    std::string out;
    std::string err;
};

struct command_options {
    /// Added to the environment of the command.
    std::vector<std::pair<std::string, std::string>> environment;
    /// Called for each whole line that the command writes on descriptor 3, if set.
    std::function<void(const std::string& line)> status_line;
    /// Called about ten times a second while the command runs, if set.
    std::function<void()> tick;
    /// Folder to run in; empty: the current one.
    std::string folder;
};

/// Runs a command to its end, collecting stdout and stderr; stdin is /dev/null.
/// The command dies with the tool. Throws `failure` only when the machine refuses a process.
[[nodiscard]] command_result run_command(const std::vector<std::string>& arguments,
                                         const command_options& options = {});

/// Starts a command that dies with the tool, in a process group of its own (so that the
/// terminal's Ctrl-C reaches only the tool). `stderr_fd` becomes its stderr, /dev/null its stdin
/// and stdout; the descriptors in `keep` stay open under their numbers.
/// Returns the pid; a command that cannot start exits with 127.
[[nodiscard]] pid_t start_command(const std::vector<std::string>& arguments, int stderr_fd,
                                  const std::vector<int>& keep);

/// The command's full path as the shell would find it on PATH; empty if there is none.
[[nodiscard]] std::string find_command(const std::string& name);

}  // namespace osprey::cli
