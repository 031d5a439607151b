// SPDX-License-Identifier: BSD-3-Clause
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <agent/guest.hh>
#include <base/failure.hh>
#include <commands/commands.hh>
#include <commands/usage.hh>
#include <qemu/terminal.hh>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace osprey::cli::commands {

namespace {

struct exec_options {
    std::vector<std::string> environment;
    std::string folder;
    bool input = false;
    bool terminal = false;
};

/// Joins one program in the guest with the streams and signals of this process.
class bridge {
public:
    bridge(const qemu::running_guest& where, const agent::request& what)
        : name_{what.words[0]},
          on_terminal_{what.terminal.has_value()},
          input_open_{what.input || on_terminal_},
          program_{where, what} {
        sigset_t set;
        ::sigemptyset(&set);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGUSR1, SIGUSR2}) {
            ::sigaddset(&set, signal);
        }
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
        ::signal(SIGPIPE, SIG_IGN);
        signals_ = unique_fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
        if (on_terminal_) {
            terminal_.make_raw();
        }
    }

    int run() {
        for (;;) {
            const bool wants_input = input_open_ && program_.room() > 0;
            std::array<pollfd, 3> set{pollfd{program_.descriptor(), POLLIN, 0},
                                      pollfd{signals_.get(), POLLIN, 0},
                                      pollfd{wants_input ? STDIN_FILENO : -1, POLLIN, 0}};
            if (::poll(set.data(), set.size(), -1) < 0 && errno != EINTR) {
                throw system_failure("wait for the guest", errno);
            }
            if (set[1].revents != 0) {
                pass_signals();
            }
            if (set[2].revents != 0) {
                pass_input();
            }
            while (auto said = program_.receive(agent::channel::waiting::no)) {
                if (const auto status = take(*said)) {
                    return *status;
                }
            }
        }
    }

private:
    void pass_signals() {
        signalfd_siginfo info{};
        while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
            const int signal = static_cast<int>(info.ssi_signo);
            if (signal != SIGWINCH) {
                program_.signal(signal);
            } else if (const auto size = qemu::terminal::size(); size && on_terminal_) {
                program_.resize(size->first, size->second);
            }
        }
    }

    void pass_input() {
        std::array<char, 16384> bytes{};
        const ssize_t n =
            ::read(STDIN_FILENO, bytes.data(), std::min(bytes.size(), program_.room()));
        if (n > 0) {
            program_.send_all({bytes.data(), static_cast<size_t>(n)});
        } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
            input_open_ = false;
            program_.end_input();
        }
    }

    /// @return the tool's exit code once the program has ended
    std::optional<int> take(const agent::message& said) {
        switch (said.what) {
            case agent::message::kind::output:
                return put(STDOUT_FILENO, said.bytes);
            case agent::message::kind::error:
                return put(STDERR_FILENO, said.bytes);
            case agent::message::kind::exited:
                return said.status;
            case agent::message::kind::failed:
                break;
        }
        terminal_.restore();
        if (said.status == 0) {
            throw failure{said.bytes};
        }
        throw failure{said.status == ENOENT ? exit_status::not_found : exit_status::not_runnable,
                      fmt::format("{}: {} in the guest", name_, std::strerror(said.status))};
    }

    /// A reader that left is a SIGPIPE for the program, as on Linux.
    std::optional<int> put(int fd, std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::write(fd, bytes.data(), bytes.size());
            if (n < 0 && errno != EINTR) {
                if (fd == STDOUT_FILENO) {
                    program_.signal(SIGPIPE);
                    return 128 + SIGPIPE;
                }
                return std::nullopt;
            }
            bytes.remove_prefix(static_cast<size_t>(n > 0 ? n : 0));
        }
        return std::nullopt;
    }

    std::string name_;
    bool on_terminal_;
    bool input_open_;
    agent::channel program_;
    qemu::terminal terminal_;
    unique_fd signals_;
};

int exec(const exec_options& options, const std::vector<std::string>& words) {
    agent::request what{.words = {words.begin() + 1, words.end()},
                        .folder = options.folder,
                        .input = options.input};
    for (const std::string& setting : options.environment) {
        if (setting.find('=') != std::string::npos) {
            what.environment.push_back(setting);
        } else if (const char* here = std::getenv(setting.c_str())) {
            what.environment.push_back(setting + "=" + here);
        }
    }
    if (options.terminal) {
        if (!qemu::terminal::is_interactive()) {
            throw failure{exit_status::usage, "osprey exec -t: this is no terminal",
                          "Leave -t out; -i passes on what is piped in."};
        }
        what.terminal = qemu::terminal::size();
        if (const char* term = std::getenv("TERM")) {
            what.environment.insert(what.environment.begin(), fmt::format("TERM={}", term));
        }
    }
    return bridge{qemu::find_running_guest(words[0]), what}.run();
}

}  // namespace

action add_exec(CLI::App& app) {
    auto options = std::make_shared<exec_options>();
    CLI::App* command = app.add_subcommand("exec", "Run another program in a running guest");
    set_usage(*command, "Usage: osprey exec [OPTIONS] RUN PROGRAM [ARGUMENTS…]");
    command->footer(
        "PROGRAM is one of the guest's own files, with the application's environment and folder.\n"
        "The exit code is the program's (128+N when signal N ended it), 126/127 when it cannot "
        "run\n"
        "or is missing, 125 when the guest ended or has no agent. Signals are passed on.\n\n"
        "Examples:\n"
        "  osprey exec web ls -l /site\n"
        "  osprey exec -i db redis-cli < commands\n"
        "  osprey exec -it db bash");
    command
        ->add_option("-e,--env", options->environment,
                     "Set a variable; without =V take its value from here (repeatable)")
        ->type_name("K[=V]")
        ->allow_extra_args(false);
    command->add_option("-w,--workdir", options->folder, "Start in this folder of the guest")
        ->type_name("DIR");
    command->add_flag("-i,--interactive", options->input, "Pass stdin on");
    command->add_flag("-t,--tty", options->terminal, "Give the program a terminal");
    command->prefix_command();
    return [command, options] {
        std::vector<std::string> words = command->remaining();
        if (!words.empty() && words[0].starts_with('-')) {
            throw failure{exit_status::usage,
                          fmt::format("osprey exec: unknown option {}", words[0]),
                          "`osprey exec --help` lists the options."};
        }
        if (words.size() < 2) {
            throw failure{exit_status::usage, "osprey exec: RUN and PROGRAM are missing",
                          "For example: osprey exec web ls /. `osprey ps` lists the runs."};
        }
        return exec(*options, words);
    };
}

}  // namespace osprey::cli::commands
