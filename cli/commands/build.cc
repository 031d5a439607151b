// SPDX-License-Identifier: BSD-3-Clause
#include <base/failure.hh>
#include <base/files.hh>
#include <base/text.hh>
#include <commands/commands.hh>
#include <commands/source.hh>
#include <commands/usage.hh>

#include <unistd.h>
#include <cerrno>

namespace osprey::cli::commands {

namespace {

struct build_options {
    source_options source;
    report_style style;
    std::string output;
};

/// Puts a finished image where the user wants it: all of it or nothing.
void deliver(const fs::path& from, const fs::path& to) {
    std::error_code error;
    if (fs::exists(to, error) && !fs::is_regular_file(to, error)) {
        copy_bytes(from, to);  // a device, a pipe: written directly
        return;
    }
    fs::path partial = to;
    partial += ".part";
    try {
        copy_bytes(from, partial);
    } catch (const failure&) {
        fs::remove(partial, error);
        throw;
    }
    if (::rename(partial.c_str(), to.c_str()) != 0) {
        const int reason = errno;
        fs::remove(partial, error);
        throw system_failure(fmt::format("write {}", to.string()), reason);
    }
}

int build(build_options& options) {
    // "build PROGRAM -o IMAGE" is as natural as the other way round.
    std::vector<std::string>& words = options.source.words;
    if (options.output.empty() && words.size() >= 3 &&
        (words[words.size() - 2] == "-o" || words[words.size() - 2] == "--output")) {
        options.output = words.back();
        words.resize(words.size() - 2);
    }
    if (options.output.empty()) {
        throw failure{exit_status::usage, "osprey build: no -o IMAGE given",
                      "For example: osprey build -o hello.img ./hello."};
    }
    reporter report{options.style};
    planned_image plan = plan_image(options.source, report);
    plan.card.arguments = {words.begin() + 1, words.end()};
    plan.card.options = environment_options(options.source);
    image::add_identity(plan.content, plan.card);
    const image::cached_image made =
        image::make_image(plan.content, compression_of(options.source.packing),
                          image::integrity_of(options.source.checked_by), report);
    deliver(made.path, options.output);
    report.line(fmt::format("{}: {} ({}, {})", options.output, plan.card.name, plan.summary,
                            human_bytes(made.size)));
    report.event({{"event", "image"},
                  {"path", fs::absolute(options.output).string()},
                  {"name", plan.card.name},
                  {"bytes", made.size},
                  {"cached", made.was_cached}});
    return 0;
}

}  // namespace

action add_build(CLI::App& app) {
    auto options = std::make_shared<build_options>();
    CLI::App* build_command = app.add_subcommand("build", "Make an image without running it");
    set_usage(*build_command, "Usage: osprey build [OPTIONS] -o IMAGE PROGRAM [ARGUMENTS…]");
    build_command->footer(
        "The image holds PROGRAM, what it needs, its arguments, variables and working folder;\n"
        "`osprey run IMAGE` runs it. Equal inputs give equal images, byte for byte.\n"
        "-o IMAGE may also come last.\n\n"
        "Examples:\n"
        "  osprey build -o hello.img ./hello\n"
        "  osprey build --deb python3 --file ./app:/app -o app.img python3 /app/main.py");
    build_command->add_option("-o,--output", options->output, "The image to write")
        ->type_name("IMAGE");
    add_source_options(*build_command, options->source);
    add_report_options(*build_command, options->style);
    return [build_command, options] {
        options->source.words = program_words(*build_command);
        return build(*options);
    };
}

}  // namespace osprey::cli::commands
