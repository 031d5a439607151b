// SPDX-License-Identifier: BSD-3-Clause
// What a running guest tells as text: its kernel's log, and the environment of its program.
#include <poll.h>
#include <agent/guest.hh>
#include <base/failure.hh>
#include <base/text.hh>
#include <commands/commands.hh>
#include <commands/listing.hh>
#include <commands/usage.hh>
#include <qemu/control.hh>

#include <charconv>
#include <cstdio>

namespace osprey::cli::commands {

namespace {

struct text_options {
    std::string run;
    unsigned process = 1;
    bool follow = false;
    bool as_json = false;
};

/// A record of /dev/kmsg: "level,number,microseconds,-;text".
struct log_record {
    uint64_t level = 0, number = 0, microseconds = 0;
    std::string_view text;
};
std::optional<log_record> parse_record(std::string_view line) {
    log_record record;
    const size_t end = line.find(';');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    record.text = line.substr(end + 1);
    const char* at = line.data();
    for (uint64_t* number : {&record.level, &record.number, &record.microseconds}) {
        const auto [next, error] = std::from_chars(at, line.data() + end, *number);
        if (error != std::errc{}) {
            return std::nullopt;
        }
        at = next + (next < line.data() + end ? 1 : 0);
    }
    return record;
}

int dmesg(const text_options& options) {
    const auto where = qemu::find_running_guest(options.run);
    agent::stream log{where, "/dev/kmsg",
                      options.follow ? agent::stream::until::forever : agent::stream::until::end};
    qemu::line_splitter lines;
    while (const auto bytes = log.read()) {
        lines.feed(*bytes, [&](std::string_view line) {
            const auto record = parse_record(line);
            if (!record) {
                return;
            }
            constexpr uint64_t second = 1'000'000;
            if (options.as_json) {
                print_json_line({{"number", record->number},
                                 {"level", record->level},
                                 {"time_us", record->microseconds},
                                 {"text", record->text}});
            } else {
                fmt::print("[{:5}.{:06}] {}\n", record->microseconds / second,
                           record->microseconds % second, printable(record->text));
            }
        });
        std::fflush(stdout);
    }
    return 0;
}

int environment(const text_options& options) {
    const auto where = qemu::find_running_guest(options.run);
    const std::string text =
        agent::guest{where}.read(fmt::format("/proc/{}/environ", options.process));
    nlohmann::json all = nlohmann::json::object();
    for (const std::string& setting : split(text, '\0')) {
        if (setting.empty()) {
            continue;
        }
        const size_t equals = setting.find('=');
        all[setting.substr(0, equals)] =
            equals == std::string::npos ? "" : setting.substr(equals + 1);
        if (!options.as_json) {
            fmt::print("{}\n", setting);
        }
    }
    if (options.as_json) {
        print_json(all);
    }
    return 0;
}

}  // namespace

action add_dmesg(CLI::App& app) {
    auto options = std::make_shared<text_options>();
    CLI::App* command = app.add_subcommand("dmesg", "Show the kernel's log of a running guest");
    set_usage(*command, "Usage: osprey dmesg [OPTIONS] [RUN]");
    command->footer(
        "All that the guest's kernel still remembers, debug lines too. `osprey logs --kernel` "
        "shows\n"
        "what the run has kept, also after its end. RUN may be left out when one guest runs.");
    command->add_option("run", options->run, "Which guest")->type_name("RUN");
    command->add_flag("-f,--follow,-w", options->follow, "Go on until the guest ends");
    command->add_flag("--json", options->as_json, "One JSON object for each line");
    return [options] {
        return dmesg(*options);
    };
}

action add_env(CLI::App& app) {
    auto options = std::make_shared<text_options>();
    CLI::App* command =
        app.add_subcommand("env", "Show the environment that a guest's program got");
    set_usage(*command, "Usage: osprey env [OPTIONS] [RUN]");
    command->add_option("run", options->run, "Which guest, if more than one runs")
        ->type_name("RUN");
    command->add_option("-p,--pid", options->process, "Of this process of the guest")
        ->type_name("PID")
        ->capture_default_str();
    command->add_flag("--json", options->as_json, "Print one JSON object");
    return [options] {
        return environment(*options);
    };
}

}  // namespace osprey::cli::commands
