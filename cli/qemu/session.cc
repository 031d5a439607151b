// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/subprocess.hh>
#include <base/text.hh>
#include <qemu/listeners.hh>
#include <qemu/log_report.hh>
#include <qemu/monitor.hh>
#include <qemu/session.hh>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace osprey::cli::qemu {

namespace {

using namespace std::chrono_literals;

constexpr size_t chunk = 65536;
/// More than this waits in the guest: the user reads slower than the program writes.
constexpr size_t most_pending = size_t{1} << 20;
/// A write of this size to a pipe that poll() calls writable does not block (POSIX PIPE_BUF).
constexpr size_t safe_write = 4096;
/// After it said "exit" the guest has this long to power off.
constexpr auto power_off_grace = 10s;
/// After a signal was passed on because of --timeout or a closed pipe.
constexpr auto stop_grace = 5s;
constexpr size_t log_tail_lines = 60;
constexpr size_t most_missing_calls = 5;
constexpr int guest_panic_status = 127;

int status_code(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Signals after which the kernel has written a crash report to its log.
bool is_crash(int signal) {
    constexpr std::array crashes{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT};
    return std::ranges::find(crashes, signal) != crashes.end();
}

}  // namespace

session::session(const machine& guest, const session_options& options, run_record& record,
                 reporter& report)
    : guest_{guest},
      options_{options},
      record_{record},
      report_{report},
      stdout_{STDOUT_FILENO, {}},
      stderr_{STDERR_FILENO, {}} {
    for (channel* end : {&log_, &console_, &error_, &control_}) {
        std::array<int, 2> fds{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
            throw system_failure("make a socket pair", errno);
        }
        end->ours = unique_fd{fds[0]};
        end->theirs = unique_fd{fds[1]};
    }
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGWINCH}) {
        ::sigaddset(&set, signal);
    }
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    signals_ = unique_fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!signals_) {
        throw system_failure("watch signals", errno);
    }
}

session::~session() {
    if (qemu_ > 0 && !qemu_ended_) {
        ::kill(qemu_, SIGKILL);
        ::waitpid(qemu_, nullptr, 0);
    }
}

void session::start_qemu() {
    const auto end = [](const channel& c) {
        return fmt::format("socket,fd={}", c.theirs.get());
    };
    monitor_ = listen_for_monitor(record_.monitor_path());
    guest_.monitor_fd = monitor_.get();
    const std::vector<std::string> line =
        build_command_line(guest_, {end(log_), end(console_), end(error_), end(control_)});
    std::array<int, 2> messages{};
    if (::pipe2(messages.data(), O_CLOEXEC) != 0) {
        throw system_failure("make a pipe", errno);
    }
    qemu_messages_ = unique_fd{messages[0]};
    const unique_fd write_end{messages[1]};
    report_.detail(fmt::format("starting {}", shell_join(line)));
    std::vector<int> keep{monitor_.get()};
    for (channel* c : {&log_, &console_, &error_, &control_}) {
        keep.push_back(c->theirs.get());
    }
    qemu_ = start_command(line, write_end.get(), keep);
    for (channel* c : {&log_, &console_, &error_, &control_}) {
        c->theirs.reset();
    }
    monitor_.reset();
    if (!guest_.separate_stderr) {
        error_.ours.reset();
    }
    record_.note({{"qemu_pid", qemu_}});
    report_.event({{"event", "started"},
                   {"run", record_.id()},
                   {"qemu_pid", qemu_},
                   {"log", record_.log_path().string()}});
}

int session::run() {
    if (options_.timeout_seconds) {
        deadline_ = clock::now() + std::chrono::duration_cast<clock::duration>(
                                       std::chrono::duration<double>{*options_.timeout_seconds});
    }
    start_qemu();
    while (!finished()) {
        poll_once();
        check_deadlines();
    }
    terminal_.restore();
    const int status = conclude();
    record_.note({{"status", status}});
    report_.event({{"event", "finished"}, {"status", status}});
    return status;
}

bool session::finished() const {
    const bool drained = !log_.ours && !console_.ours && !error_.ours && !control_.ours;
    return qemu_ended_ && drained && stdout_.pending.empty() && stderr_.pending.empty();
}

void session::poll_once() {
    std::vector<pollfd> set;
    std::vector<std::function<void(short)>> actions;
    const auto watch = [&](int fd, short events, std::function<void(short)> action) {
        if (fd >= 0) {
            set.push_back({fd, events, 0});
            actions.push_back(std::move(action));
        }
    };
    const auto wish = [](bool read, bool write) {
        return static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0));
    };
    // The order matters: "booted" and "exit" come before the output that follows them.
    watch(signals_.get(), POLLIN, [&](short) { handle_signals(); });
    watch(control_.ours.get(), wish(true, !control_.to_guest.empty()), [&](short events) {
        if ((events & POLLOUT) != 0) {
            write_channel(control_);
        }
        if ((events & ~POLLOUT) != 0) {
            read_control();
        }
    });
    watch(log_.ours.get(), POLLIN, [&](short) { read_log(); });
    if (stdout_.pending.size() < most_pending || !console_.to_guest.empty()) {
        const bool room = stdout_.pending.size() < most_pending;
        watch(console_.ours.get(), wish(room, !console_.to_guest.empty()), [&](short events) {
            if ((events & POLLOUT) != 0) {
                write_channel(console_);
            }
            if ((events & ~POLLOUT) != 0 && stdout_.pending.size() < most_pending) {
                read_console(console_, stdout_);
            }
        });
    }
    if (stderr_.pending.size() < most_pending) {
        watch(error_.ours.get(), POLLIN, [&](short) { read_console(error_, stderr_); });
    }
    watch(qemu_messages_.get(), POLLIN, [&](short) { read_qemu_messages(); });
    if (booted_ && stdin_open_ && !exit_event_ && console_.to_guest.size() < chunk &&
        !terminal::is_in_background()) {
        watch(STDIN_FILENO, POLLIN, [&](short) { read_stdin(); });
    }
    for (outlet* out : {&stdout_, &stderr_}) {
        if (!out->pending.empty()) {
            watch(out->fd, POLLOUT, [this, out](short) { write_outlet(*out); });
        }
    }
    if (::poll(set.data(), set.size(), poll_timeout()) <= 0) {
        return;
    }
    for (size_t i = 0; i < set.size(); ++i) {
        if (set[i].revents != 0) {
            actions[i](set[i].revents);
        }
    }
}

int session::poll_timeout() const {
    // A background job polls for the foreground, since no signal tells it.
    int64_t wait = booted_ && stdin_open_ && terminal::is_in_background() ? 500 : -1;
    for (const auto& moment : {deadline_, grace_}) {
        if (moment && !qemu_ended_) {
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(*moment - clock::now());
            const int64_t ms = std::clamp<int64_t>(left.count() + 1, 0, 3'600'000);
            wait = wait < 0 ? ms : std::min(wait, ms);
        }
    }
    return static_cast<int>(wait);
}

void session::check_deadlines() {
    if (qemu_ended_) {
        return;
    }
    const auto now = clock::now();
    if (deadline_ && now >= *deadline_) {
        deadline_.reset();
        timed_out_ = true;
        if (!booted_) {
            kill_qemu("the guest did not boot within the time limit");
        } else if (!exit_event_) {
            send_control({{"signal", SIGTERM}});
            grace_ = now + stop_grace;
        }
    }
    if (grace_ && now >= *grace_) {
        grace_.reset();
        kill_qemu(exit_event_ ? "the guest did not power off" : "the program did not stop");
    }
}

void session::kill_qemu(const char* why) {
    if (!qemu_ended_ && !killed_) {
        report_.detail(fmt::format("stopping QEMU: {}", why));
        killed_ = true;
        ::kill(qemu_, SIGKILL);
    }
}

void session::handle_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        const int signal = static_cast<int>(info.ssi_signo);
        switch (signal) {
            case SIGCHLD:
                reap();
                break;
            case SIGWINCH:
                send_window_size();
                break;
            default:
                interrupt(signal);
                break;
        }
    }
}

void session::interrupt(int signal) {
    last_signal_ = signal;
    ++interrupts_;
    // The first one is the program's to handle; the second one, or one before there is a
    // program, ends the machine.
    if (interrupts_ == 1 && booted_ && !exit_event_) {
        send_control({{"signal", signal}});
        if (signal == SIGINT && !report_.style().quiet) {
            report_.detail("Ctrl-C passed on to the program; press it again to stop the machine");
        }
        return;
    }
    kill_qemu("interrupted");
}

void session::reap() {
    int status = 0;
    if (!qemu_ended_ && ::waitpid(qemu_, &status, WNOHANG) == qemu_) {
        qemu_ended_ = true;
        qemu_status_ = status;
    }
}

void session::read_control() {
    std::array<char, chunk> buffer{};
    const ssize_t count = ::recv(control_.ours.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        control_.ours.reset();
        return;
    }
    control_lines_.feed({buffer.data(), static_cast<size_t>(std::max<ssize_t>(count, 0))},
                        [&](std::string_view line) { handle_event(parse_event(line)); });
}

void session::handle_event(const nlohmann::json& event) {
    const std::string kind = text_of(event, "event");
    if (kind != "invalid") {
        report_.event(event);
    }
    if (kind == "booted" && !booted_) {
        booted_ = true;
        deepen_listen_queues(qemu_);
        record_.note({{"booted", event}});
        record_.note({{"addresses", addresses_}});
        if (on_boot) {
            on_boot(event, addresses_);
        }
        if (options_.interactive) {
            send_window_size();
            terminal_.make_raw();
            report_.set_raw(terminal_.is_raw());
        }
    } else if (kind == "network") {
        addresses_.push_back(text_of(event, "address"));
    } else if (kind == "exit" && !exit_event_) {
        exit_event_ = event;
        record_.note({{"exit", event}});
        grace_ = clock::now() + power_off_grace;
    } else if (kind == "panic") {
        panic_ = text_of(event, "message");
    } else if (kind == "error") {
        std::string text = text_of(event, "message");
        if (event.contains("image_damaged") && event["image_damaged"] == true && on_image_damaged) {
            text += "; " + on_image_damaged();
        }
        if (!report_.style().json) {
            report_.warning(text);
        }
    } else if (kind == "invalid") {
        report_.detail(
            fmt::format("the guest sent a line that is no event: {}", text_of(event, "text")));
    }
}

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

void session::show_log() {
    const std::vector<std::string> lines = log_tail(log_text_, log_tail_lines);
    if (lines.empty()) {
        return;
    }
    if (report_.style().json) {
        report_.event({{"event", "log"}, {"lines", lines}});
        return;
    }
    if (report_.style().verbose) {
        return;  // it was shown as it came
    }
    report_.raw("--- end of the kernel log ---\n");
    for (const std::string& line : lines) {
        report_.raw(line + "\n");
    }
    report_.raw(fmt::format("--- all of it: {} ---\n", record_.log_path().string()));
}

void session::show_missing_calls() {
    const std::vector<std::string> missing = missing_calls(log_text_);
    for (size_t i = 0; i < missing.size(); ++i) {
        if (i == most_missing_calls) {
            report_.line(fmt::format("osprey: more of that in {}", record_.log_path().string()));
            return;
        }
        report_.line(fmt::format("osprey: the kernel's log says: {}", missing[i]));
    }
}

void session::show_memory_report() {
    for (const std::string& line : memory_report(log_text_)) {
        report_.line(fmt::format("osprey: {}", line));
    }
}

/// QEMU ended by itself, and the guest had not said that it would.
failure session::unexpected_end(int qemu_code) const {
    const std::string words = qemu_text_.substr(0, qemu_text_.find_last_not_of(" \r\n") + 1);
    const auto says = [&](const char* what) {
        return words.find(what) != std::string::npos;
    };
    if (WIFSIGNALED(qemu_status_) && WTERMSIG(qemu_status_) != SIGABRT) {
        const int signal = WTERMSIG(qemu_status_);
        const char* name = ::sigdescr_np(signal);
        return failure{
            fmt::format("QEMU was ended by signal {} ({}) from outside{}", signal,
                        name != nullptr ? name : "?", booted_ ? " while the program ran" : ""),
            signal == SIGKILL ? "Was this machine short of memory (dmesg | grep -i oom)? Then give "
                                "the guest less with -m."
                              : "Run it again; with -v the steps before it are shown."};
    }
    const char* hint = "Look at the QEMU line with --dry-run.";
    if (says("cannot set up guest memory") || says("Cannot allocate memory")) {
        hint = "Give the guest less memory with -m.";
    } else if (says("accelerator") || says("-accel") || says("KVM") || says("kvm")) {
        hint = "Try --accel tcg, which works everywhere.";
    } else if (qemu_code == 127 && words.empty()) {
        hint = "Does QEMU run at all? Try `qemu-system-x86_64 --version`.";
    }
    if (!booted_ && log_text_.empty()) {
        return failure{fmt::format("QEMU ended with status {} before the kernel said anything{}{}",
                                   qemu_code, words.empty() ? "" : ": ", words),
                       hint};
    }
    return failure{fmt::format("the guest stopped without saying why (QEMU's status: {}){}{}",
                               qemu_code, words.empty() ? "" : ": ", words),
                   "The kernel's log above may tell; -v shows all of it."};
}

/// The run ends with an error, and still as a run: `finished` follows with `--json`.
int session::tell(const failure& error) {
    report_.warning(error.what());
    if (!report_.style().json) {
        report_.raw(fmt::format("        {}\n", printable(error.hint())));
    }
    return static_cast<int>(error.status());
}

int session::conclude() {
    report_.set_raw(false);
    if (!qemu_text_.empty()) {
        report_.detail(fmt::format("QEMU says: {}", qemu_text_));
    }
    const int qemu_code = status_code(qemu_status_);
    if (timed_out_) {
        report_.warning(fmt::format("stopped after {} s (--timeout)", *options_.timeout_seconds));
        return static_cast<int>(exit_status::timed_out);
    }
    if (!panic_.empty() ||
        (!exit_event_ && !killed_ && qemu_code == guest_panic_status && !log_text_.empty())) {
        show_log();
        const std::string message = panic_.empty() ? panic_message(log_text_) : panic_;
        return tell(failure{
            fmt::format("the guest's kernel panicked{}{}", message.empty() ? "" : ": ", message),
            fmt::format("That is a fault of Osprey or of the machine, not of the program. Please "
                        "report it with {}.",
                        record_.log_path().string())});
    }
    if (exit_event_) {
        const int signal = static_cast<int>(number_of(*exit_event_, "signal"));
        if (is_crash(signal) && !report_.style().quiet) {
            show_log();
            const char* name = ::sigdescr_np(signal);
            report_.line(fmt::format("osprey: the program was ended by signal {} ({})", signal,
                                     name != nullptr ? name : "?"));
        }
        const int status = exit_code_of(*exit_event_);
        if (signal == SIGKILL && !report_.style().verbose) {
            show_memory_report();
        } else if (status != 0 && !report_.style().verbose) {
            show_missing_calls();
        }
        return status;
    }
    if (pipe_broken_) {
        return 128 + SIGPIPE;
    }
    if (killed_ && last_signal_ != 0) {
        return 128 + last_signal_;
    }
    show_log();
    return tell(unexpected_end(qemu_code));
}

}  // namespace osprey::cli::qemu
