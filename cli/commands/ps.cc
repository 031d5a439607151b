// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <base/text.hh>
#include <commands/commands.hh>
#include <commands/listing.hh>
#include <commands/usage.hh>
#include <qemu/control.hh>
#include <qemu/known_runs.hh>

#include <cstdio>
#include <ctime>

namespace osprey::cli::commands {

namespace {

using nlohmann::json;
using qemu::known_run;
using qemu::run_state;

struct ps_options {
    bool all = false;
    bool quiet = false;
    bool as_json = false;
    bool whole = false;
};

/// Longer programs are cut in the table.
constexpr size_t longest_program = 40;

std::string program_text(const known_run& run) {
    std::vector<std::string> words;
    for (const json& word : run.facts.value("program", json::array())) {
        if (word.is_string()) {
            words.push_back(word.get<std::string>());
        }
    }
    return printable(shell_join(words));
}

/// "127.0.0.1:8080->80/tcp", as Docker writes it.
std::string ports_text(const known_run& run) {
    std::string text;
    for (const json& port : run.facts.value("ports", json::array())) {
        text += fmt::format("{}{}:{}->{}/{}", text.empty() ? "" : ", ",
                            qemu::text_of(port, "address"), qemu::number_of(port, "host"),
                            qemu::number_of(port, "guest"), qemu::text_of(port, "protocol"));
    }
    return text;
}

std::string state_text(const known_run& run) {
    const auto age = [&](const char* field) {
        const uint64_t then = qemu::number_of(run.facts, field);
        const auto now = static_cast<uint64_t>(::time(nullptr));
        return human_age(now > then ? now - then : 0);
    };
    switch (run.state) {
        case run_state::starting:
            return "Starting";
        case run_state::running:
            return "Up " + age("started");
        case run_state::exited:
            return fmt::format("Exited ({}) {} ago", run.status(), age("finished"));
        case run_state::lost:
            break;
    }
    return "Lost";
}

int ps(const ps_options& options) {
    json all = json::array();
    table lines{{"RUN ID", "NAME", "PROGRAM", "STARTED", "STATUS", "PORTS"}};
    std::vector<known_run> runs = qemu::known_runs();
    std::ranges::reverse(runs);  // the latest first
    for (const known_run& run : runs) {
        if (!options.all && !run.is_alive()) {
            continue;
        }
        if (options.quiet) {
            fmt::print("{}\n", run.id);
        } else if (options.as_json) {
            all.push_back(run_as_json(run));
        } else {
            std::string program = program_text(run);
            if (!options.whole && program.size() > longest_program) {
                program = program.substr(0, longest_program - 1) + "…";
            }
            const auto now = static_cast<uint64_t>(::time(nullptr));
            lines.add({run.id, run.name().empty() ? "-" : run.name(), program,
                       human_age(now - qemu::number_of(run.facts, "started", now)) + " ago",
                       state_text(run), ports_text(run)});
        }
    }
    if (options.as_json) {
        print_json(all);
    } else if (!options.quiet) {
        lines.print();
    }
    return 0;
}

}  // namespace

action add_ps(CLI::App& app) {
    auto options = std::make_shared<ps_options>();
    CLI::App* command = app.add_subcommand("ps", "List the guests that run");
    set_usage(*command, "Usage: osprey ps [OPTIONS]");
    command->footer(
        "A run is known until it is removed (osprey rm); of those that ended the latest 50 are\n"
        "kept. Lost: its process was killed or this machine went down, so nobody knows how it\n"
        "ended. RUN of other commands is a name, an id, or the beginning of an id.");
    command->add_flag("-a,--all", options->all, "Those that ended, too");
    command->add_flag("-q,--quiet", options->quiet, "Only ids");
    command->add_flag("--no-trunc", options->whole, "Show programs in full");
    command->add_flag("--json", options->as_json, "Print a JSON array of what is known");
    return [options] {
        return ps(*options);
    };
}

}  // namespace osprey::cli::commands
