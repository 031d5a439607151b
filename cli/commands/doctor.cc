// SPDX-License-Identifier: BSD-3-Clause
#include <base/failure.hh>
#include <base/text.hh>
#include <commands/commands.hh>
#include <commands/usage.hh>
#include <doctor/calls.hh>
#include <doctor/strace_log.hh>
#include <elf/imports.hh>
#include <elf/libraries.hh>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace osprey::cli::commands {

namespace {

using nlohmann::json;

struct doctor_options {
    std::string program;
    std::string strace_log;
    bool as_json = false;
};

/// As the shell finds it.
std::string find_program(const std::string& name) {
    if (name.find('/') != name.npos) {
        return std::filesystem::absolute(name).string();
    }
    const char* const path = std::getenv("PATH");
    for (const std::string& folder : split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
        const std::filesystem::path candidate = std::filesystem::path{folder} / name;
        std::error_code error;
        if (std::filesystem::is_regular_file(candidate, error)) {
            return candidate.string();
        }
    }
    throw failure{exit_status::not_found, fmt::format("there is no program {} in PATH", name),
                  "Name it with its path."};
}

/// The C library makes every call by itself; what it needs is no news.
bool is_c_library(const std::string& path) {
    const std::string name = std::filesystem::path{path}.filename().string();
    return name.starts_with("libc.so") || name.starts_with("libc-") || name.starts_with("ld-") ||
           name.starts_with("libpthread");
}

/// Lacks that imported functions lead to. Whether they are called, nobody knows before.
json lacks_of_imports(const std::string& program, const std::set<std::string>& files) {
    json found = json::array();
    const elf::host_view host;
    for (const std::string& path : files) {
        const auto where = host.find(path);
        if (!where || is_c_library(path) || !elf::has_elf_magic(where->source)) {
            continue;
        }
        for (const std::string& function : elf::imported_functions(where->source)) {
            const std::string_view call = doctor::call_behind(function);
            const auto lack = call.empty() ? std::nullopt : doctor::missing_call(call);
            if (lack) {
                found.push_back({{"call", lack->call},
                                 {"answer", lack->answer},
                                 {"function", function},
                                 {"imported_by", path},
                                 {"by_program", path == program}});
            }
        }
    }
    return found;
}

json lacks_of_log(const std::string& path, size_t& calls_seen) {
    std::ifstream log{path};
    if (!log) {
        throw failure{fmt::format("cannot read {}", path),
                      "Make it with: strace -f -o LOG PROGRAM"};
    }
    const doctor::observed_calls seen = doctor::read_strace(log);
    if (seen.empty()) {
        throw failure{fmt::format("{} holds no system calls", path),
                      "Make it with: strace -f -o LOG PROGRAM"};
    }
    json found = json::array();
    for (const auto& [name, call] : seen) {
        calls_seen += call.times;
        if (const auto lack = doctor::missing_call(name)) {
            found.push_back({{"call", name}, {"answer", lack->answer}, {"times", call.times}});
        }
        for (const doctor::lack& refused : doctor::refused_flags()) {
            const auto used = call.constants.find(std::string{refused.flag});
            if (refused.call == name && used != call.constants.end()) {
                found.push_back({{"call", name},
                                 {"flag", refused.flag},
                                 {"answer", refused.answer},
                                 {"times", used->second}});
            }
        }
    }
    return found;
}

json examine(const doctor_options& options) {
    const std::string program = find_program(options.program);
    const elf::host_view host;
    const char* const library_path = std::getenv("LD_LIBRARY_PATH");
    elf::library_finder finder{host, library_path != nullptr ? library_path : ""};
    finder.add_program(program);  // throws what keeps it from starting
    json result{{"program", program}, {"files", finder.paths()}};
    result["imports"] = lacks_of_imports(program, finder.paths());
    result["strace"] = nullptr;
    if (!options.strace_log.empty()) {
        size_t calls_seen = 0;
        json lacks = lacks_of_log(options.strace_log, calls_seen);
        result["strace"] = {{"calls", calls_seen}, {"lacks", std::move(lacks)}};
    }
    return result;
}

void print_text(const json& facts) {
    fmt::print("program    {}\n", facts["program"].get<std::string>());
    fmt::print("files      {}, all there\n", facts["files"].size());
    for (const json& lack : facts["imports"]) {
        fmt::print("{}  {} (imported by {}): {}\n",
                   lack["by_program"].get<bool>() ? "may need " : "may need?",
                   lack["function"].get<std::string>(), lack["imported_by"].get<std::string>(),
                   lack["answer"].get<std::string>());
    }
    if (facts["imports"].empty()) {
        fmt::print("imports    nothing that a guest lacks\n");
    }
    const json& log = facts["strace"];
    if (log.is_null()) {
        fmt::print(
            "tip        `strace -f -o LOG PROGRAM`, then `osprey doctor --strace LOG PROGRAM` "
            "tells what it really does\n");
        return;
    }
    fmt::print("strace     {} calls\n", log["calls"].get<size_t>());
    for (const json& lack : log["lacks"]) {
        const std::string flag = lack.value("flag", "");
        fmt::print("needs      {}{}{}, {} times: {}\n", lack["call"].get<std::string>(),
                   flag.empty() ? "" : " with ", flag, lack["times"].get<size_t>(),
                   lack["answer"].get<std::string>());
    }
    if (log["lacks"].empty()) {
        fmt::print("needs      nothing that a guest lacks\n");
    }
}

}  // namespace

action add_doctor(CLI::App& app) {
    auto options = std::make_shared<doctor_options>();
    CLI::App* doctor = app.add_subcommand("doctor", "Tell what a program needs that a guest lacks");
    set_usage(*doctor, "Usage: osprey doctor [OPTIONS] PROGRAM");
    doctor->add_option("program", options->program, "A program of this machine, by path or name")
        ->type_name("PROGRAM")
        ->required();
    doctor->add_option("--strace", options->strace_log, "A log of the program by strace -f -o LOG")
        ->type_name("LOG");
    doctor->add_flag("--json", options->as_json, "Print one JSON object");
    doctor->footer(
        "Looks for libraries and interpreter, at the functions that the program and its libraries\n"
        "import, and at what strace saw. Exits with 0 if nothing is missing, with 1 if something "
        "is\n"
        "or may be, and with 126 or 127 if the program cannot start at all.");
    return [options] {
        const json facts = examine(*options);
        if (options->as_json) {
            fmt::print("{}\n", facts.dump(2, ' ', false, json::error_handler_t::replace));
        } else {
            print_text(facts);
        }
        const bool lacks_by_log = !facts["strace"].is_null() && !facts["strace"]["lacks"].empty();
        return lacks_by_log || !facts["imports"].empty() ? 1 : 0;
    };
}

}  // namespace osprey::cli::commands
