// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <commands/commands.hh>
#include <commands/listing.hh>
#include <commands/usage.hh>
#include <qemu/control.hh>
#include <qemu/known_runs.hh>

#include <array>
#include <cerrno>
#include <cstdio>

namespace osprey::cli::commands {

namespace {

struct logs_options {
    std::string run;
    bool follow = false;
    int64_t tail = -1;
    bool only_output = false;
    bool only_error = false;
    bool kernel = false;
    bool as_json = false;
};

/// How often a followed file is looked at.
constexpr int look_interval_ms = 100;

/// Where the last `lines` lines of a file begin.
off_t tail_start(int fd, int64_t lines) {
    struct stat status {};
    ::fstat(fd, &status);
    off_t at = status.st_size;
    if (lines == 0) {
        return at;
    }
    std::array<char, 65536> piece{};
    // The newline that ends the last line begins no further one.
    for (bool first = true; at > 0;) {
        const auto size = static_cast<size_t>(std::min<off_t>(at, piece.size()));
        const ssize_t n = ::pread(fd, piece.data(), size, at - static_cast<off_t>(size));
        if (n <= 0) {
            return 0;
        }
        for (size_t i = size; i-- > 0; --at) {
            if (piece[i] == '\n' && !std::exchange(first, false) && lines-- == 1) {
                return at;
            }
            first = false;
        }
    }
    return 0;
}

/// One log file on its way to the user.
class log_source {
public:
    log_source(const fs::path& path, const char* stream, int to, const logs_options& options)
        : stream_{stream},
          to_{to},
          as_json_{options.as_json},
          file_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)} {
        if (!file_) {
            throw system_failure(fmt::format("read {}", path.string()), errno);
        }
        at_ = options.tail < 0 ? 0 : tail_start(file_.get(), options.tail);
    }

    /// Passes on what is new. @return false: the user's reader is gone
    bool pass() {
        std::array<char, 65536> bytes{};
        for (ssize_t n = 0; (n = ::pread(file_.get(), bytes.data(), bytes.size(), at_)) > 0;) {
            at_ += n;
            if (!put({bytes.data(), static_cast<size_t>(n)})) {
                return false;
            }
        }
        return true;
    }

    /// The last line, if nothing ends it.
    void finish() {
        if (as_json_ && !lines_.rest().empty()) {
            put("\n");
        }
    }

private:
    bool put(std::string_view bytes) {
        if (as_json_) {
            lines_.feed(bytes, [&](std::string_view line) {
                print_json_line({{"stream", stream_}, {"line", line}});
            });
            return std::ferror(stdout) == 0;
        }
        while (!bytes.empty()) {
            const ssize_t n = ::write(to_, bytes.data(), bytes.size());
            if (n < 0 && errno != EINTR) {
                return false;
            }
            bytes.remove_prefix(static_cast<size_t>(n > 0 ? n : 0));
        }
        return true;
    }

    const char* stream_;
    int to_;
    bool as_json_;
    unique_fd file_;
    off_t at_ = 0;
    qemu::line_splitter lines_;
};

int logs(const logs_options& options) {
    const qemu::known_run run = qemu::find_run(options.run);
    std::vector<std::unique_ptr<log_source>> sources;
    const auto add = [&](const char* file, const char* stream, int to) {
        sources.push_back(std::make_unique<log_source>(run.folder / file, stream, to, options));
    };
    if (options.kernel) {
        add("kernel.log", "kernel", STDOUT_FILENO);
    } else if (!run.facts.value("detached", false)) {
        throw failure{fmt::format("the output of {} went to where it was started, and was not kept",
                                  run.called()),
                      "`osprey run -d` keeps it; --kernel shows the kernel's log of this run."};
    } else {
        if (!options.only_error) {
            add("stdout.log", "stdout", STDOUT_FILENO);
        }
        if (!options.only_output) {
            add("stderr.log", "stderr", options.only_error ? STDOUT_FILENO : STDERR_FILENO);
        }
    }
    const unique_fd process = options.follow ? run.process() : unique_fd{};
    for (bool lives = true; lives;) {
        // Looked at first, so that what was written before the end is not missed.
        pollfd end{process.get(), POLLIN, 0};
        lives = process && ::poll(&end, 1, look_interval_ms) == 0;
        for (const auto& source : sources) {
            if (!source->pass()) {
                return 0;
            }
        }
    }
    for (const auto& source : sources) {
        source->finish();
    }
    return 0;
}

}  // namespace

action add_logs(CLI::App& app) {
    auto options = std::make_shared<logs_options>();
    CLI::App* command = app.add_subcommand("logs", "Show what a detached run has written");
    set_usage(*command, "Usage: osprey logs [OPTIONS] RUN");
    command->footer(
        "What the program wrote to stdout comes on stdout, and its stderr on stderr. They are "
        "kept\n"
        "apart, so the order between the two is lost but for what -f shows as it comes.\n\n"
        "Examples:\n"
        "  osprey logs -f --tail 20 web\n"
        "  osprey logs --kernel web | less");
    command->add_option("run", options->run, "Which run")->type_name("RUN")->required();
    command->add_flag("-f,--follow", options->follow, "Go on until the run ends");
    command->add_option("-n,--tail", options->tail, "Only the last lines of each stream")
        ->type_name("N")
        ->check(CLI::Range(int64_t{0}, int64_t{1} << 60).description(""));
    auto* which = command->add_option_group("which");
    which->add_flag("--stdout", options->only_output, "Only what went to stdout");
    which->add_flag("--stderr", options->only_error, "Only what went to stderr, on stdout");
    which->add_flag("--kernel", options->kernel, "The kernel's log instead");
    which->require_option(0, 1);
    command->add_flag("--json", options->as_json, "One JSON object for each line");
    return [options] {
        return logs(*options);
    };
}

}  // namespace osprey::cli::commands
