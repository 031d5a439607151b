// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/subprocess.hh>
#include <base/text.hh>
#include <base/unique_fd.hh>
#include <commands/commands.hh>
#include <commands/usage.hh>
#include <qemu/control.hh>
#include <qemu/known_runs.hh>
#include <qemu/monitor.hh>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace osprey::cli::commands {

namespace {

struct gdb_options {
    std::string run;
    std::vector<std::string> words;
};

/// What gdb learns about the kernel: osprey.py, beside the tool's sources or where it was
/// installed.
fs::path find_script() {
    const fs::path own = own_folder();
    const std::vector<fs::path> candidates{own / "gdb/osprey.py",
                                           own.parent_path() / "share/osprey/gdb/osprey.py"};
    for (const fs::path& path : candidates) {
        std::error_code error;
        if (fs::exists(path, error)) {
            return path;
        }
    }
    throw failure{fmt::format("cannot find {}", candidates.front().string()),
                  "Build the tool again with `make`."};
}

/// QEMU's server for debuggers, at a socket in the run's folder, for as long as the object lives.
class debug_server {
public:
    explicit debug_server(const qemu::running_guest& guest)
        : guest_{guest}, folder_{::open(guest.folder.c_str(), O_PATH | O_DIRECTORY)} {
        // Names of sockets are limited to 107 bytes; through our descriptor every folder is short.
        path_ = fmt::format("/proc/{}/fd/{}/gdb", ::getpid(), folder_.get());
        tell(fmt::format("unix:{},server=on,wait=off", path_));
    }
    ~debug_server() {
        try {
            tell("none");
            qemu::monitor{guest_.monitor_path}.execute("cont");
        } catch (const failure&) {
            // the guest has ended
        }
        std::error_code ignored;
        fs::remove(guest_.folder / "gdb", ignored);
    }
    debug_server(const debug_server&) = delete;
    debug_server& operator=(const debug_server&) = delete;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    void tell(const std::string& where) {
        const auto answer = qemu::monitor{guest_.monitor_path}.execute(
            "human-monitor-command", {{"command-line", "gdbserver " + where}});
        const std::string text = answer.is_string() ? answer.get<std::string>() : "";
        if (text.find("Could not") != std::string::npos) {
            throw failure{fmt::format("QEMU does not offer its debug server: {}", printable(text))};
        }
    }

    qemu::running_guest guest_;
    unique_fd folder_;
    std::string path_;
};

int gdb(const gdb_options& options) {
    const auto guest = qemu::find_running_guest(options.run);
    const std::string program = find_command("gdb");
    if (program.empty()) {
        throw failure{"cannot find gdb", "Install it: apt-get install gdb."};
    }
    const std::string kernel = qemu::text_of(guest.facts, "kernel");
    const debug_server server{guest};
    std::vector<std::string> words{program,
                                   "-q",
                                   kernel,
                                   "-ex",
                                   "set pagination off",
                                   "-ex",
                                   "source " + find_script().string(),
                                   "-ex",
                                   "target remote " + server.path()};
    words.insert(words.end(), options.words.begin(), options.words.end());
    // Ctrl-C is gdb's alone.
    ::signal(SIGINT, SIG_IGN);
    const pid_t child = ::fork();
    if (child < 0) {
        throw system_failure("start gdb", errno);
    }
    if (child == 0) {
        ::signal(SIGINT, SIG_DFL);
        std::vector<char*> arguments;
        for (std::string& word : words) {
            arguments.push_back(word.data());
        }
        arguments.push_back(nullptr);
        ::execv(program.c_str(), arguments.data());
        ::_exit(127);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

action add_gdb(CLI::App& app) {
    auto options = std::make_shared<gdb_options>();
    CLI::App* command = app.add_subcommand("gdb", "Debug the kernel of a running guest");
    set_usage(*command, "Usage: osprey gdb [RUN] [GDB'S OPTIONS…]");
    command->footer(
        "Starts gdb with the kernel's symbols, joined to the guest, which stands still until\n"
        "`continue`, and goes on when gdb ends. Commands besides gdb's own:\n"
        "  osprey threads            all threads: state, CPU, time, where they wait\n"
        "  osprey backtrace TID      the kernel stack of a thread that does not run\n"
        "  osprey locks              mutexes that are waited for, their holders and waiters\n"
        "  osprey regions [TID]      what an application has mapped\n"
        "  osprey log [N]            the last lines of the kernel's log\n\n"
        "Examples:\n"
        "  osprey gdb web\n"
        "  osprey gdb web -batch -ex 'osprey threads'");
    command->prefix_command();
    return [command, options] {
        std::vector<std::string> words = command->remaining();
        if (!words.empty() && !words[0].starts_with('-')) {
            options->run = words[0];
            words.erase(words.begin());
        }
        options->words = words;
        return gdb(*options);
    };
}

}  // namespace osprey::cli::commands
