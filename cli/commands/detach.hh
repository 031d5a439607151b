// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/unique_fd.hh>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace osprey::cli::commands {

/// The way from a detached run's own process back to the command that started it.
class starter {
public:
    explicit starter(unique_fd pipe) : pipe_{std::move(pipe)} {}
    /// The run has its folder: its output goes to these files from now on.
    void has_folder(const std::string& id, const std::filesystem::path& out,
                    const std::filesystem::path& err);
    /// The guest has booted: the command may end.
    void booted();
    /// It never will, or it ended before.
    void ended(int status, const std::string& error, const std::string& hint);

private:
    void tell(const nlohmann::json& message);
    unique_fd pipe_;
};

/// How far a detached run came.
struct detached_run {
    std::string id;
    bool booted = false;
    int status = 0;     ///< if it ended before it booted
    std::string error;  ///< what the run's process had to say about that; may be empty
    std::string hint;
    std::string output;  ///< path of what it wrote to stderr
};

/// Starts a process of its own session for a run, which goes on when this process and its terminal
/// are gone, and waits until the guest has booted or that has failed. `work` is what the new
/// process does; its result is the run's exit code.
[[nodiscard]] detached_run detach(const std::function<int(starter&)>& work);

}  // namespace osprey::cli::commands
