// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <agent/guest.hh>
#include <base/failure.hh>
#include <base/files.hh>
#include <commands/commands.hh>
#include <commands/listing.hh>
#include <commands/usage.hh>
#include <qemu/control.hh>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>

namespace osprey::cli::commands {

namespace {

struct strace_options {
    std::string run;
    unsigned process = 0;
    double seconds = 0;
    bool as_json = false;
};

constexpr int look_interval_ms = 50;

/// Shows what the kernel writes into its log while it decodes calls, which it does as long as the
/// connection to the run's process lives.
class call_view {
public:
    explicit call_view(const strace_options& options)
        : options_{options},
          where_{qemu::find_running_guest(options.run)},
          log_{::open((where_.folder / "kernel.log").c_str(), O_RDONLY | O_CLOEXEC)},
          at_{log_ ? ::lseek(log_.get(), 0, SEEK_END) : 0} {
        if (!log_) {
            throw system_failure("read the kernel's log", errno);
        }
        sigset_t set;
        ::sigemptyset(&set);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
            ::sigaddset(&set, signal);
        }
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
        signals_ = unique_fd{::signalfd(-1, &set, SFD_CLOEXEC)};
    }

    int run() {
        const agent::call_tracing tracing{where_, options_.process};
        using clock = std::chrono::steady_clock;
        const auto end = clock::now() + std::chrono::duration_cast<clock::duration>(
                                            std::chrono::duration<double>{options_.seconds});
        for (bool lives = true; lives && !over_;) {
            std::array<pollfd, 2> set{pollfd{signals_.get(), POLLIN, 0},
                                      pollfd{tracing.descriptor(), POLLIN, 0}};
            lives = ::poll(set.data(), set.size(), look_interval_ms) == 0 &&
                    (options_.seconds <= 0 || clock::now() < end);
            read();
        }
        return status_;
    }

private:
    void read() {
        std::array<char, 65536> bytes{};
        for (ssize_t n = 0; (n = ::pread(log_.get(), bytes.data(), bytes.size(), at_)) > 0;) {
            at_ += n;
            lines_.feed({bytes.data(), static_cast<size_t>(n)},
                        [&](std::string_view line) { show(line); });
        }
        over_ = over_ || std::fflush(stdout) != 0;
    }

    /// "[    1.234567] [12] read(3, "…", 8) = 8": time, thread, call. Other lines are not ours.
    void show(std::string_view line) {
        while (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        const size_t stamp = line.find("] ");
        if (!line.starts_with('[') || stamp == std::string_view::npos) {
            return;
        }
        const std::string_view text = line.substr(stamp + 2);
        if (text.starts_with("strace: there is no")) {
            status_ = static_cast<int>(exit_status::not_found);
            over_ = true;
            fmt::print(stderr, "osprey: there is no process {} in the guest\n", options_.process);
            return;
        }
        const size_t thread = text.find("] ");
        if (!text.starts_with('[') || thread == std::string_view::npos ||
            text.find_first_not_of("0123456789", 1) != thread) {
            return;
        }
        if (!options_.as_json) {
            fmt::print("{}\n", text);
            return;
        }
        const std::string_view time = line.substr(1, stamp - 1);
        print_json_line({{"time_s", std::strtod(std::string{time}.c_str(), nullptr)},
                         {"tid", std::strtol(std::string{text.substr(1)}.c_str(), nullptr, 10)},
                         {"call", text.substr(thread + 2)}});
    }

    strace_options options_;
    qemu::running_guest where_;
    unique_fd log_;
    off_t at_;
    unique_fd signals_;
    qemu::line_splitter lines_;
    bool over_ = false;
    int status_ = 0;
};

}  // namespace

action add_strace(CLI::App& app) {
    auto options = std::make_shared<strace_options>();
    CLI::App* command = app.add_subcommand("strace", "Show the system calls of a running guest");
    set_usage(*command, "Usage: osprey strace [OPTIONS] [RUN]");
    command->footer(
        "Each call with its arguments and its result, behind the number of the thread, until "
        "Ctrl-C.\n"
        "The guest decodes them only while this runs; the calls of the agent are left out. To see\n"
        "them from the first one on: osprey run --strace -v. RUN may be left out when one guest\n"
        "runs.");
    command->add_option("run", options->run, "Which guest")->type_name("RUN");
    command->add_option("-p,--pid", options->process, "Only this process of the guest")
        ->type_name("PID");
    command->add_option("--seconds", options->seconds, "Stop after so long (default: at Ctrl-C)")
        ->type_name("N")
        ->check(CLI::PositiveNumber.description(""));
    command->add_flag("--json", options->as_json, "One JSON object for each call");
    return [options] {
        return call_view{*options}.run();
    };
}

}  // namespace osprey::cli::commands
