// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <base/report.hh>
#include <base/text.hh>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>

namespace osprey::cli {

namespace {

/// Redrawing more often than the eye can follow only costs time.
constexpr int64_t redraw_interval_ms = 50;
constexpr int bar_cells = 28;

int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

size_t terminal_columns() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return 80;
}

}  // namespace

reporter::reporter(report_style style) : style_{style} {
    const char* term = std::getenv("TERM");
    terminal_ = ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view{term} != "dumb";
}

void reporter::line(std::string_view text) {
    if (!style_.quiet && !style_.json) {
        progress_end();
        write(fmt::format("{}\n", text));
    }
}

void reporter::detail(std::string_view text) {
    if (style_.verbose && !style_.json) {
        progress_end();
        write(fmt::format("osprey: {}\n", text));
    }
}

void reporter::warning(std::string_view text) {
    progress_end();
    if (style_.json) {
        event({{"event", "warning"}, {"message", text}});
    } else {
        write(fmt::format("osprey: {}\n", printable(text)));
    }
}

void reporter::event(const nlohmann::json& object) {
    if (style_.json) {
        // Text from outside may not be UTF-8; a status line must never fail for that.
        write(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }
}

void reporter::raw(std::string_view text) {
    progress_end();
    write(text);
}

void reporter::progress(std::string_view label, double fraction, std::string_view note) {
    if (style_.quiet || style_.json) {
        return;
    }
    const bool is_new = label != progress_label_;
    if (!terminal_) {
        if (is_new) {
            detail(label);
        }
        progress_label_ = label;
        return;
    }
    progress_label_ = label;
    const int64_t now = now_ms();
    if (!is_new && now - progress_time_ < redraw_interval_ms && fraction < 1) {
        return;
    }
    progress_time_ = now;
    std::string text;
    if (fraction >= 0) {
        fraction = std::clamp(fraction, 0.0, 1.0);
        const int full = static_cast<int>(fraction * bar_cells);
        text = fmt::format("{} [{:#<{}}{:.<{}}] {:3.0f}% {}", label, "", full, "", bar_cells - full,
                           fraction * 100, note);
    } else {
        text = fmt::format("{} … {}", label, note);
    }
    if (text.size() >= terminal_columns()) {
        text.resize(terminal_columns() - 1);
    }
    if (progress_shown_ && text == progress_text_) {
        return;
    }
    progress_text_ = text;
    progress_shown_ = true;
    write("\r\x1b[K" + text);
}

void reporter::progress_end() {
    progress_label_.clear();
    if (progress_shown_) {
        progress_shown_ = false;
        write("\r\x1b[K");
    }
}

void reporter::write(std::string_view text) {
    std::string converted;
    if (raw_) {
        for (const char c : text) {
            converted += c == '\n' ? "\r\n" : std::string(1, c);
        }
        text = converted;
    }
    while (!text.empty()) {
        const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            return;  // nobody listens on stderr: nothing sensible is left to do
        }
        text.remove_prefix(static_cast<size_t>(std::max<ssize_t>(count, 0)));
    }
}

}  // namespace osprey::cli
