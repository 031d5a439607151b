// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace osprey::cli::qemu {

/// What a run leaves on disk: a folder with the kernel's log and the run's facts. The folders
/// of the latest runs are kept, older ones are removed when a new run starts.
class run_record {
public:
    explicit run_record(const nlohmann::json& facts);

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] std::filesystem::path log_path() const { return folder_ / "kernel.log"; }
    /// Where QEMU's monitor listens while the guest runs.
    [[nodiscard]] std::filesystem::path monitor_path() const { return folder_ / "monitor"; }

    /// Where commands for the guest's agent are taken while the guest runs.
    [[nodiscard]] std::filesystem::path agent_path() const { return folder_ / "agent"; }

    void add_log(std::string_view bytes);
    /// Adds or changes facts and writes them out.
    void note(const nlohmann::json& facts);

private:
    static void prune(const std::filesystem::path& runs);

    std::string id_;
    std::filesystem::path folder_;
    nlohmann::json facts_;
    std::ofstream log_;
};

/// A guest that runs at the moment.
struct running_guest {
    std::string id;
    std::filesystem::path monitor_path;
    std::filesystem::path agent_path;
    nlohmann::json facts;
};

/// The oldest first. Guests of this user only.
[[nodiscard]] std::vector<running_guest> running_guests();

/// The guest whose id begins with `id`, or the only one that runs if `id` is empty.
/// Throws `failure` when there is none, or more than one.
[[nodiscard]] running_guest find_running_guest(const std::string& id);

}  // namespace osprey::cli::qemu
