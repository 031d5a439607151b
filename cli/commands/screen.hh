// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <base/unique_fd.hh>
#include <qemu/terminal.hh>
#include <string>

namespace osprey::cli::commands {

/// A view that is drawn again and again: over the whole screen if stdout and stdin are a terminal,
/// else one block of text after another. Ends by Ctrl-C, or the key q on a terminal.
class screen {
public:
    enum class style { full, plain };
    /// `plain`: never over the whole screen.
    explicit screen(style how);
    ~screen();
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;

    [[nodiscard]] bool is_full() const noexcept { return full_; }
    /// Rows that a full screen has; 0: no limit.
    [[nodiscard]] size_t rows() const;
    void draw(const std::string& text);
    /// Waits. @return false: the user wants to end.
    [[nodiscard]] bool wait(double seconds);

private:
    bool full_;
    qemu::terminal terminal_;
    unique_fd signals_;
};

}  // namespace osprey::cli::commands
