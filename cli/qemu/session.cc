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
#include <qemu/monitor.hh>
#include <qemu/session.hh>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace osprey::cli::qemu {

namespace {

using namespace std::chrono_literals;

/// After it said "exit" the guest has this long to power off.
constexpr auto power_off_grace = 10s;

}  // namespace

session::session(const machine& guest, const session_options& options, run_record& record,
                 reporter& report)
    : guest_{guest},
      options_{options},
      record_{record},
      report_{report},
      stdout_{STDOUT_FILENO, {}},
      stderr_{STDERR_FILENO, {}} {
    for (channel* end : {&log_, &console_, &error_, &control_, &agent_}) {
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
    monitor_ = listen_at(record_.monitor_path());
    guest_.monitor_fd = monitor_.get();
    const std::vector<std::string> line = build_command_line(
        guest_, {end(log_), end(console_), end(error_), end(control_), end(agent_)});
    std::array<int, 2> messages{};
    if (::pipe2(messages.data(), O_CLOEXEC) != 0) {
        throw system_failure("make a pipe", errno);
    }
    qemu_messages_ = unique_fd{messages[0]};
    const unique_fd write_end{messages[1]};
    report_.detail(fmt::format("starting {}", shell_join(line)));
    std::vector<int> keep{monitor_.get()};
    for (channel* c : {&log_, &console_, &error_, &control_, &agent_}) {
        keep.push_back(c->theirs.get());
    }
    qemu_ = start_command(line, write_end.get(), keep);
    for (channel* c : {&log_, &console_, &error_, &control_, &agent_}) {
        c->theirs.reset();
    }
    hub_.emplace(record_.agent_path(), std::move(agent_.ours),
                 [this](const nlohmann::json& message) { send_control(message); });
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
    record_.note({{"status", status}, {"finished", ::time(nullptr)}});
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
    if (!qemu_ended_) {
        hub_->watch(watch);
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
    if (const int64_t ms = qemu_ended_ ? -1 : hub_->patience(); ms >= 0) {
        wait = wait < 0 ? ms : std::min(wait, ms);
    }
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
    hub_->look_at_clock();
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
    if (kind == "agent") {
        return hub_->handle_event(event);
    }
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

}  // namespace osprey::cli::qemu
