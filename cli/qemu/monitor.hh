// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/unique_fd.hh>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace osprey::cli::qemu {

/// A listening socket at `path` for this user only: QEMU's monitor (handed to QEMU as a
/// descriptor), the agent's commands. Paths of any length will do. Throws `failure`.
[[nodiscard]] unique_fd listen_at(const std::filesystem::path& path);

/// Connects to such a socket. @return nothing, and errno, when nobody listens.
[[nodiscard]] unique_fd connect_to(const std::filesystem::path& path);

/// A conversation with the monitor of a running guest (QMP).
class monitor {
public:
    /// Throws `failure` when nobody answers there.
    explicit monitor(const std::filesystem::path& path);

    /// Runs one command. @return what it returns. Throws `failure` with QEMU's own words.
    nlohmann::json execute(const std::string& command, const nlohmann::json& arguments = {});

    /// Readable when QEMU said something or went away: for poll().
    [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }
    /// Takes what QEMU sent by itself. @return false: QEMU is gone.
    [[nodiscard]] bool discard_events();

private:
    nlohmann::json read_answer();

    unique_fd fd_;
    std::string pending_;
};

}  // namespace osprey::cli::qemu
