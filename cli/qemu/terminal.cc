// SPDX-License-Identifier: BSD-3-Clause
#include <sys/ioctl.h>
#include <unistd.h>
#include <qemu/terminal.hh>

namespace osprey::cli::qemu {

bool terminal::is_in_background() {
    const pid_t foreground = ::tcgetpgrp(STDIN_FILENO);
    return ::isatty(STDIN_FILENO) == 1 && foreground >= 0 && foreground != ::getpgrp();
}

bool terminal::is_interactive() {
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && !is_in_background();
}

void terminal::make_raw() {
    termios now{};
    if (saved_ || ::tcgetattr(STDIN_FILENO, &now) != 0) {
        return;
    }
    saved_ = now;
    ::cfmakeraw(&now);
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
}

void terminal::restore() noexcept {
    if (saved_) {
        ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*saved_);
        saved_.reset();
    }
}

std::optional<std::pair<int, int>> terminal::size() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) {
        return std::nullopt;
    }
    return std::pair{static_cast<int>(size.ws_row), static_cast<int>(size.ws_col)};
}

}  // namespace osprey::cli::qemu
