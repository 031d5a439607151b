// SPDX-License-Identifier: BSD-3-Clause
// What a session moves: output of the guest to the user and to the log, input to the guest.
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <base/text.hh>
#include <qemu/session.hh>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace osprey::cli::qemu {

namespace {

using namespace std::chrono_literals;

/// A write of this size to a pipe that poll() calls writable does not block (POSIX PIPE_BUF).
constexpr size_t safe_write = 4096;

}  // namespace

void session::read_log() {
    std::array<char, chunk> buffer{};
    const ssize_t count = ::recv(log_.ours.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        if (report_.style().verbose && !log_lines_.rest().empty()) {
            report_.raw(log_lines_.rest() + "\n");
        }
        log_.ours.reset();
        return;
    }
    const std::string_view bytes{buffer.data(), static_cast<size_t>(std::max<ssize_t>(count, 0))};
    record_.add_log(bytes);
    // Only the end of a long log is ever shown.
    log_text_ += bytes;
    if (log_text_.size() > 4 * most_pending) {
        log_text_.erase(0, log_text_.size() - most_pending);
    }
    log_lines_.feed(bytes, [&](std::string_view line) {
        if (report_.style().verbose) {
            while (line.ends_with('\r')) {
                line.remove_suffix(1);
            }
            report_.raw(fmt::format("{}\n", line));
        }
    });
}

void session::read_console(channel& from, outlet& to) {
    std::array<char, chunk> buffer{};
    const ssize_t count = ::recv(from.ours.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        from.ours.reset();
        return;
    }
    if (count > 0 && !to.broken) {
        to.pending.append(buffer.data(), static_cast<size_t>(count));
        write_outlet(to);
    }
}

void session::read_qemu_messages() {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(qemu_messages_.get(), buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EINTR)) {
        qemu_messages_.reset();
        return;
    }
    qemu_text_.append(buffer.data(), static_cast<size_t>(std::max<ssize_t>(count, 0)));
}

void session::read_stdin() {
    std::array<char, chunk> buffer{};
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (count <= 0) {
        stdin_open_ = false;
        send_control({{"stdin_eof", stdin_bytes_}});
        return;
    }
    const std::string_view bytes{buffer.data(), static_cast<size_t>(count)};
    stdin_bytes_ += bytes.size();
    console_.to_guest += bytes;
    if (terminal_.is_raw()) {
        // The guest's terminal turns Ctrl-C into a signal. Someone who presses it three times
        // within a second wants out of a guest that does not listen.
        const auto now = clock::now();
        const bool quick = now - last_key_ < 1s;
        const auto pressed = std::ranges::count(bytes, '\x03');
        if (pressed > 0) {
            quick_keys_ = (quick ? quick_keys_ : 0) + static_cast<int>(pressed);
            last_key_ = now;
            if (quick_keys_ >= 3) {
                last_signal_ = SIGINT;
                kill_qemu("Ctrl-C three times");
            }
        }
    }
    write_channel(console_);
}

void session::write_channel(channel& to) {
    while (to.ours && !to.to_guest.empty()) {
        const ssize_t count = ::send(to.ours.get(), to.to_guest.data(), to.to_guest.size(),
                                     MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                to.to_guest.clear();  // QEMU is gone; the reader side will see the end
            }
            return;
        }
        to.to_guest.erase(0, static_cast<size_t>(count));
    }
}

void session::write_outlet(outlet& to) {
    while (!to.pending.empty()) {
        pollfd state{to.fd, POLLOUT, 0};
        if (::poll(&state, 1, 0) <= 0) {
            return;
        }
        const ssize_t count =
            ::write(to.fd, to.pending.data(), std::min(to.pending.size(), safe_write));
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (count < 0) {
            const int error = errno;
            to.pending.clear();
            to.broken = true;
            if (error == EPIPE && to.fd == STDOUT_FILENO) {
                reader_went_away();
            } else if (to.fd == STDOUT_FILENO) {
                report_.warning(fmt::format("cannot write to stdout: {}", std::strerror(error)));
                reader_went_away();
            }
            return;
        }
        to.pending.erase(0, static_cast<size_t>(count));
    }
}

void session::reader_went_away() {
    // As on Linux, a program whose reader is gone gets SIGPIPE.
    pipe_broken_ = true;
    if (!qemu_ended_ && !exit_event_) {
        send_control({{"signal", SIGPIPE}});
        grace_ = clock::now() + stop_grace;
    }
}

void session::send_control(const nlohmann::json& message) {
    control_.to_guest += message.dump() + "\n";
    write_channel(control_);
}

void session::send_window_size() {
    if (const auto size = terminal::size(); size && options_.interactive && booted_) {
        send_control({{"winsize", {size->first, size->second}}});
    }
}

}  // namespace osprey::cli::qemu
