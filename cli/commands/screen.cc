// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <base/text.hh>
#include <commands/screen.hh>

#include <array>
#include <chrono>
#include <cstdio>

namespace osprey::cli::commands {

namespace {

// ECMA-48 and xterm: the other screen and back, cursor off and on, home, erase to the end.
constexpr const char* enter = "\x1b[?1049h\x1b[?25l";
constexpr const char* leave = "\x1b[?25h\x1b[?1049l";
constexpr const char* home = "\x1b[H";
constexpr const char* end_of_line = "\x1b[K\r\n";
constexpr const char* end_of_screen = "\x1b[J";

}  // namespace

screen::screen(style how) : full_{how == style::full && qemu::terminal::is_interactive()} {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) {
        ::sigaddset(&set, signal);
    }
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = unique_fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (full_) {
        terminal_.make_raw();
        fmt::print("{}", enter);
        std::fflush(stdout);
    }
}

screen::~screen() {
    if (full_) {
        fmt::print("{}", leave);
        std::fflush(stdout);
    }
}

size_t screen::rows() const {
    const auto size = full_ ? qemu::terminal::size() : std::nullopt;
    return size ? static_cast<size_t>(size->first) : 0;
}

void screen::draw(const std::string& text) {
    if (!full_) {
        fmt::print("{}", text);
        std::fflush(stdout);
        return;
    }
    const auto size = qemu::terminal::size();
    const size_t columns = size ? static_cast<size_t>(size->second) : 80;
    std::string all = home;
    size_t row = 0;
    for (std::string line : split(text, '\n')) {
        if (++row >= rows()) {
            break;
        }
        // Cut between characters, not within one.
        size_t cut = 0;
        for (size_t width = 0; cut < line.size(); ++cut) {
            width += (line[cut] & 0xc0) != 0x80;
            if (width > columns) {
                break;
            }
        }
        all += line.substr(0, cut) + end_of_line;
    }
    fmt::print("{}{}", all, end_of_screen);
    std::fflush(stdout);
}

bool screen::wait(double seconds) {
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + std::chrono::duration_cast<clock::duration>(
                                        std::chrono::duration<double>{seconds});
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()).count();
        if (left <= 0) {
            return true;
        }
        std::array<pollfd, 2> set{pollfd{signals_.get(), POLLIN, 0},
                                  pollfd{full_ ? STDIN_FILENO : -1, POLLIN, 0}};
        if (::poll(set.data(), set.size(), static_cast<int>(left)) <= 0) {
            continue;
        }
        if (set[0].revents != 0) {
            signalfd_siginfo info{};
            while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
                if (info.ssi_signo != SIGWINCH) {
                    return false;
                }
            }
            return true;  // another size: draw at once
        }
        if (set[1].revents != 0) {
            char key = 'q';
            constexpr char control_c = 3;
            if (::read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == control_c) {
                return false;
            }
        }
    }
}

}  // namespace osprey::cli::commands
