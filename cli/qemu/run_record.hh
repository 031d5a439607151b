// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace osprey::cli::qemu {

/// What a run leaves on disk: a folder with the kernel's log, the run's facts (run.json) and, if it
/// is detached, its output. The folders of the latest runs are kept, and those of runs that still
/// run; older ones are removed when a new run starts.
class run_record {
public:
    /// `name`: empty, or unique among all that are kept. Throws `failure` if another run has it,
    /// also when both start at the same time.
    run_record(const nlohmann::json& facts, const std::string& name);

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] std::filesystem::path log_path() const { return folder_ / "kernel.log"; }
    /// Where QEMU's monitor listens while the guest runs.
    [[nodiscard]] std::filesystem::path monitor_path() const { return folder_ / "monitor"; }
    /// Where commands for the guest's agent are taken while the guest runs.
    [[nodiscard]] std::filesystem::path agent_path() const { return folder_ / "agent"; }
    /// The program's output in a detached run.
    [[nodiscard]] std::filesystem::path output_path() const { return folder_ / "stdout.log"; }
    [[nodiscard]] std::filesystem::path error_path() const { return folder_ / "stderr.log"; }

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

/// Checks a name for a run. Throws `failure` (usage) if it is none.
void check_run_name(const std::string& name);

}  // namespace osprey::cli::qemu
