// SPDX-License-Identifier: BSD-3-Clause
// Ending runs, waiting for their end, and removing what they left: stop, wait, rm.
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <commands/commands.hh>
#include <commands/listing.hh>
#include <commands/usage.hh>
#include <qemu/known_runs.hh>

#include <cstdio>

namespace osprey::cli::commands {

namespace {

using qemu::known_run;

struct end_options {
    std::vector<std::string> runs;
    double seconds = 10;
    bool force = false;
    bool as_json = false;
};

/// What the machine itself may take to be gone once its process wants that.
constexpr double machine_grace = 10;
constexpr double repeat_interval = 0.25;

void send(const unique_fd& process, int signal) {
    (void)::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
}

/// @return whether the process has ended. Negative: without limit.
bool ends_within(const unique_fd& process, double seconds) {
    pollfd set{process.get(), POLLIN, 0};
    int ready = 0;
    do {
        ready = ::poll(&set, 1, seconds < 0 ? -1 : static_cast<int>(seconds * 1000));
    } while (ready < 0 && seconds < 0);
    return ready > 0;
}

/// The first SIGTERM is passed on to the program, the second ends the machine, the last its
/// process.
void stop_run(const known_run& run, double patience) {
    const unique_fd process = run.process();
    if (!process) {
        return;
    }
    send(process, SIGTERM);
    bool ended = ends_within(process, patience);
    // Again and again: a signal that comes before the one before it was taken is lost.
    for (double waited = 0; !ended && waited < machine_grace; waited += repeat_interval) {
        send(process, SIGTERM);
        ended = ends_within(process, repeat_interval);
    }
    if (!ended) {
        send(process, SIGKILL);
        (void)ends_within(process, machine_grace);
    }
}

/// Does something with each run that was named; one that fails does not keep the others from it.
int for_each_run(const end_options& options, const std::function<void(const known_run&)>& action) {
    int status = 0;
    for (const std::string& word : options.runs) {
        try {
            action(qemu::find_run(word));
        } catch (const failure& error) {
            if (options.runs.size() == 1) {
                throw;
            }
            fmt::print(stderr, "osprey: {}\n", error.what());
            status = static_cast<int>(error.status());
        }
    }
    return status;
}

void tell(const end_options& options, const known_run& before) {
    if (options.as_json) {
        print_json_line(run_as_json(qemu::look_at_run(before.folder)));
    } else {
        fmt::print("{}\n", before.called());
    }
}

int stop(const end_options& options) {
    return for_each_run(options, [&](const known_run& run) {
        stop_run(run, options.seconds);
        tell(options, run);
    });
}

int wait(const end_options& options) {
    return for_each_run(options, [&](const known_run& run) {
        if (const unique_fd process = run.process()) {
            (void)ends_within(process, -1);
        }
        const known_run now = qemu::look_at_run(run.folder);
        if (options.as_json) {
            print_json_line(run_as_json(now));
        } else if (now.status() < 0) {
            throw failure{
                fmt::format("the run {} was lost: nobody knows how it ended", now.called())};
        } else {
            fmt::print("{}\n", now.status());
        }
    });
}

int remove(const end_options& options) {
    return for_each_run(options, [&](const known_run& run) {
        if (const unique_fd process = run.process()) {
            if (!options.force) {
                throw failure{
                    fmt::format("the run {} still runs", run.called()),
                    fmt::format("Stop it first (osprey stop {}), or use -f.", run.called())};
            }
            send(process, SIGKILL);  // its QEMU ends with it
            (void)ends_within(process, machine_grace);
        }
        remove_tree(run.folder);
        if (options.as_json) {
            print_json_line({{"event", "removed"}, {"run", run.id}, {"name", run.name()}});
        } else {
            fmt::print("{}\n", run.called());
        }
    });
}

CLI::App* add_command(CLI::App& app, const char* name, const char* what,
                      const std::shared_ptr<end_options>& options) {
    CLI::App* command = app.add_subcommand(name, what);
    set_usage(*command, fmt::format("Usage: osprey {} [OPTIONS] RUN…", name));
    command->add_option("run", options->runs, "Names, ids, or beginnings of ids")
        ->type_name("RUN")
        ->required();
    command->add_flag("--json", options->as_json, "Print one JSON object for each run, one a line");
    return command;
}

}  // namespace

action add_stop(CLI::App& app) {
    auto options = std::make_shared<end_options>();
    CLI::App* command = add_command(app, "stop", "End running guests", options);
    command->footer(
        "The program gets SIGTERM; after -t seconds the machine is switched off. The run's folder\n"
        "stays, with its log and exit code, until `osprey rm`.");
    command->add_option("-t,--time", options->seconds, "Patience with the program")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.0, 1e6).description(""))
        ->capture_default_str();
    return [options] {
        return stop(*options);
    };
}

action add_wait(CLI::App& app) {
    auto options = std::make_shared<end_options>();
    add_command(app, "wait", "Wait for guests to end, and print their exit codes", options);
    return [options] {
        return wait(*options);
    };
}

action add_rm(CLI::App& app) {
    auto options = std::make_shared<end_options>();
    CLI::App* command =
        add_command(app, "rm", "Remove what runs have left: log and facts", options);
    command->add_flag("-f,--force", options->force, "Kill those that still run");
    return [options] {
        return remove(*options);
    };
}

}  // namespace osprey::cli::commands
