// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <base/unique_fd.hh>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace osprey::cli::qemu {

enum class run_state {
    starting,  ///< the guest has not booted yet
    running,
    exited,  ///< with the status of its record
    lost,    ///< its process was killed, or this machine went down: nobody knows how it ended
};
[[nodiscard]] const char* name_of(run_state state);

/// A run of this user that left a folder (run_record.hh), as it is at the moment of asking.
struct known_run {
    std::string id;
    std::filesystem::path folder;
    nlohmann::json facts;
    run_state state = run_state::lost;

    [[nodiscard]] std::string name() const;  ///< empty: it has none
    /// Its name if it has one, else its id: what people call it.
    [[nodiscard]] std::string called() const;
    [[nodiscard]] bool is_alive() const {
        return state == run_state::starting || state == run_state::running;
    }
    [[nodiscard]] pid_t pid() const;
    /// Its process (base/process_mark.hh); nothing if that has ended.
    [[nodiscard]] unique_fd process() const;
    /// Exit code as far as it is known: -1 while it runs or is lost.
    [[nodiscard]] int status() const;
};

/// The oldest first.
[[nodiscard]] std::vector<known_run> known_runs();
/// The run of this folder; its facts are empty if there is none.
[[nodiscard]] known_run look_at_run(const std::filesystem::path& folder);

/// The run that `word` means: its name, its id, or the beginning of its id if no other begins so.
/// Throws `failure` when there is none, or more than one.
[[nodiscard]] known_run find_run(const std::string& word);

/// Where the tool keeps its runs.
[[nodiscard]] std::filesystem::path runs_folder();

/// A guest that runs at the moment.
struct running_guest {
    std::string id;
    std::string called;  ///< name, or id if it has none
    std::filesystem::path folder;
    std::filesystem::path monitor_path;
    std::filesystem::path agent_path;
    nlohmann::json facts;
};

/// The oldest first. Guests of this user only.
[[nodiscard]] std::vector<running_guest> running_guests();

/// The guest that `word` means, as `find_run` has it, or the only one that runs if it is empty.
/// Throws `failure` when there is none, or more than one.
[[nodiscard]] running_guest find_running_guest(const std::string& word);

}  // namespace osprey::cli::qemu
