// SPDX-License-Identifier: BSD-3-Clause
#include <base/children.hh>
#include <base/command_list.hh>
#include <base/environment.hh>
#include <base/error.hh>
#include <base/text.hh>
#include <http/routes.hh>
#include <http/settings.hh>

namespace osprey::rest {

namespace {

/// "runscript FILE" stands for the command line in that file (whose first `#` lines do not count).
void expand_script(std::vector<std::string>& command, std::vector<std::vector<std::string>>& into) {
    if (command.size() != 2 || command[0] != "runscript") {
        into.push_back(std::move(command));
        return;
    }
    const auto script = read_text(command[1], largest_form);
    if (!script) {
        throw api_error{400, "Cannot read the script " + command[1]};
    }
    std::string text;
    for (const std::string_view line : split(*script, '\n')) {
        if (!trim(line).starts_with('#')) {
            text += std::string{line} + " ";
        }
    }
    for (auto& inner : parse_commands(text, environment::get)) {
        into.push_back(std::move(inner));
    }
}

reply run_app(call& c) {
    std::vector<std::vector<std::string>> commands;
    for (auto& command : parse_commands(c.text("command"), environment::get)) {
        expand_script(command, commands);
    }
    std::string ids;
    for (const auto& command : commands) {
        ids += (ids.empty() ? "" : " ") + std::to_string(children::all().start(command));
    }
    return json(ids);
}

reply is_finished(call& c) {
    const auto tid = c.number("tid");
    const bool runs = *tid <= INT32_MAX && children::all().is_running(static_cast<pid_t>(*tid));
    return json(runs ? "0" : "1");
}

}  // namespace

api app_api() {
    return {
        "app",
        "app API",
        {
            {"PUT",
             "/app",
             "runApp",
             "Start programs beside the application; their process numbers, between blanks",
             "string",
             run_app,
             {{"command", "Command line; & between several", true},
              {"new_program", "Every program is one of its own here", false, "boolean"}}},
            {"GET",
             "/app/finished",
             "finished",
             "\"1\" if a program has ended or is unknown, \"0\" while it runs",
             "string",
             is_finished,
             {{"tid", "Its number", true, "integer"}}},
        },
    };
}

}  // namespace osprey::rest
