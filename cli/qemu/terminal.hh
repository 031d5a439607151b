// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <termios.h>

#include <optional>
#include <utility>

namespace osprey::cli::qemu {

/// The user's terminal on stdin. In raw mode every key goes to the guest, whose own terminal
/// does echo, line editing and Ctrl-C; the old mode comes back when the object goes.
class terminal {
public:
    terminal() = default;
    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;
    ~terminal() { restore(); }

    /// True if stdin and stdout are both the terminal, and this process is in the foreground.
    [[nodiscard]] static bool is_interactive();
    /// True if reading stdin would stop the process (a background job on a terminal).
    [[nodiscard]] static bool is_in_background();

    void make_raw();
    void restore() noexcept;
    [[nodiscard]] bool is_raw() const noexcept { return saved_.has_value(); }

    /// Rows and columns; nothing if stdout is no terminal.
    [[nodiscard]] static std::optional<std::pair<int, int>> size();

private:
    std::optional<termios> saved_;
};

}  // namespace osprey::cli::qemu
