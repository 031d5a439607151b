// SPDX-License-Identifier: BSD-3-Clause
#include <base/failure.hh>
#include <base/files.hh>
#include <base/subprocess.hh>
#include <base/text.hh>
#include <commands/source.hh>
#include <debian/packages.hh>
#include <elf/libraries.hh>

#include <algorithm>
#include <cstdlib>

namespace osprey::cli::commands {

namespace {

constexpr const char* default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games";

/// Folders that are the guest's own; what a --root tree has there is not its content.
const std::vector<std::string> live_folders{"proc", "sys", "dev", "run", "tmp"};

std::string absolute_guest_path(const std::string& path, const std::string& folder) {
    return path.starts_with('/') ? path : (folder.empty() ? "/" : folder + "/") + path;
}

/// Splits HOST:GUEST at the last colon, so that host names with colons work.
std::pair<std::string, std::string> split_mapping(const std::string& text) {
    const size_t colon = text.rfind(":/");
    if (colon == std::string::npos || colon == 0) {
        throw failure{exit_status::usage,
                      fmt::format("--file {}: not of the form HOST:GUEST", text),
                      "GUEST is an absolute path in the guest, for example --file ./data:/data."};
    }
    return {text.substr(0, colon), text.substr(colon + 1)};
}

void add_files(const source_options& options, image::tree& content) {
    for (const std::string& mapping : options.files) {
        const auto [host, guest] = split_mapping(mapping);
        const bool into_folder = guest.ends_with('/');
        const fs::path name = fs::path{host}.filename();
        content.add_any(into_folder ? guest + name.string() : guest, host);
    }
}

void add_root(const source_options& options, image::tree& content) {
    std::error_code error;
    if (!fs::is_directory(options.root, error)) {
        throw failure{exit_status::not_found,
                      fmt::format("--root {}: there is no such folder", options.root)};
    }
    content.add_any("/", options.root, live_folders);
}

/// Finds a bare name on the guest's PATH, or checks a path.
std::string find_in_tree(const std::string& program, const source_options& options,
                         const image::tree& content) {
    if (program.find('/') != std::string::npos) {
        const std::string path = absolute_guest_path(program, options.folder);
        if (const auto found = content.resolve(path)) {
            if (content.at(*found)->kind == image::node_kind::folder) {
                throw failure{exit_status::not_runnable, fmt::format("{} is a folder", path)};
            }
            return image::clean_guest_path(path);
        }
    } else {
        for (const std::string& folder : search_path(options)) {
            const std::string full = folder + "/" + program;
            const auto found = folder.starts_with('/') ? content.resolve(full) : std::nullopt;
            if (found && content.at(*found)->kind == image::node_kind::file &&
                (content.at(*found)->mode & 0111) != 0) {
                return full;
            }
        }
    }
    std::error_code error;
    throw failure{exit_status::not_found,
                  fmt::format("there is no program {} in {}", program, content.description()),
                  fs::is_regular_file(program, error)
                      ? fmt::format("{} is a file of this machine: add it with --file {}:/{}.",
                                    program, program, fs::path{program}.filename().string())
                      : ""};
}

/// The program's path on this machine, as the shell would find it.
fs::path find_on_host(const std::string& program) {
    if (program.find('/') == std::string::npos) {
        const std::string found = find_command(program);
        if (found.empty()) {
            throw failure{exit_status::not_found, fmt::format("there is no program {}", program),
                          "Give a path, or name the Debian package that has it with --deb."};
        }
        return fs::absolute(found).lexically_normal();
    }
    std::error_code error;
    if (!fs::exists(program, error)) {
        throw failure{exit_status::not_found, fmt::format("there is no file {}", program)};
    }
    if (!fs::is_regular_file(program, error)) {
        throw failure{exit_status::not_runnable,
                      fmt::format("{} is {}, not a program", program,
                                  fs::is_directory(program, error) ? "a folder" : "no file")};
    }
    return fs::absolute(program).lexically_normal();
}

/// What ld.so needs to find libraries outside its default folders.
void add_loader_configuration(image::tree& content) {
    for (const char* path : {"/etc/ld.so.conf", "/etc/ld.so.cache"}) {
        if (fs::exists(path)) {
            content.add_file(path, path, image::times::fix);
        }
    }
    if (fs::is_directory("/etc/ld.so.conf.d")) {
        content.add_any("/etc/ld.so.conf.d", "/etc/ld.so.conf.d");
    }
}

/// Kernel options of which each is given once: the later setting wins, in the earlier's place.
class option_list {
public:
    void set(const std::string& name, const std::string& value) {
        const auto known = std::ranges::find(settings_, name, &setting::name);
        if (known != settings_.end()) {
            known->value = value;
        } else {
            settings_.push_back({name, value});
        }
    }

    /// Takes "--env=K=V" or "--name=value".
    void set_text(const std::string& option) {
        const size_t from = option.starts_with("--env=") ? 6 : 0;
        const size_t equals = option.find('=', from);
        if (equals != std::string::npos) {
            set(option.substr(0, equals), option.substr(equals + 1));
        }
    }

    [[nodiscard]] std::vector<std::string> words() const {
        std::vector<std::string> words;
        for (const setting& s : settings_) {
            words.push_back(s.name + "=" + s.value);
        }
        return words;
    }

private:
    struct setting {
        std::string name;
        std::string value;
    };
    std::vector<setting> settings_;
};

void warn_unreadable(const image::tree& content, reporter& report) {
    if (const auto& left_out = content.unreadable(); !left_out.empty()) {
        report.warning(fmt::format("left out {} that you may not read, for example {}",
                                   counted(left_out.size(), "file"), left_out.front()));
    }
}

planned_image plan_from_host(const source_options& options, reporter& report) {
    planned_image plan;
    const fs::path program = find_on_host(options.words[0]);
    const elf::host_view host;
    elf::library_finder finder{host, guest_variable(options, "LD_LIBRARY_PATH")};
    finder.add_program(program.string());
    plan.content.add_merged_usr();
    for (const std::string& path : finder.paths()) {
        report.detail(fmt::format("needs {}", path));
        plan.content.add_mirrored(path);
    }
    if (finder.needs_loader_configuration()) {
        add_loader_configuration(plan.content);
    }
    const size_t libraries = finder.paths().size() - 1;
    plan.card.source = {{"kind", "host"}, {"program", program.string()}};
    plan.card.program = program.string();
    plan.summary = libraries == 0   ? "static program"
                   : libraries == 1 ? "1 library"
                                    : fmt::format("{} libraries", libraries);
    add_files(options, plan.content);
    return plan;
}

planned_image plan_from_tree(const source_options& options, reporter& report) {
    planned_image plan;
    nlohmann::json source = nlohmann::json::object();
    std::vector<std::string> names;
    if (!options.root.empty()) {
        report.progress("reading the folder", -1, options.root);
        add_root(options, plan.content);
        report.progress_end();
        plan.summary = fmt::format("from {}", options.root);
        plan.content.describe_as(options.root);
    } else {
        plan.content.add_merged_usr();
    }
    if (!options.packages.empty()) {
        for (const std::string& list : options.packages) {
            for (const std::string& name : split(list, ',')) {
                if (name.empty() || name.starts_with('-')) {
                    throw failure{exit_status::usage,
                                  fmt::format("--deb {}: not a list of package names", list)};
                }
                names.push_back(name);
            }
        }
        const auto packages =
            debian::add_packages(names, options.fresh_lists, plan.content, report);
        for (const debian::package& p : packages) {
            source["packages"][p.name] = p.version;
        }
        const std::string what = counted(packages.size(), "package");
        plan.summary += plan.summary.empty() ? what : ", " + what;
        plan.content.describe_as(options.root.empty()
                                     ? fmt::format("the packages ({})", fmt::join(names, ", "))
                                     : fmt::format("{} and the packages", options.root));
    }
    source["kind"] = options.packages.empty() ? "folder" : "debian";
    plan.card.source = source;
    add_files(options, plan.content);
    warn_unreadable(plan.content, report);
    plan.card.program = find_in_tree(options.words[0], options, plan.content);
    elf::library_finder finder{plan.content, guest_variable(options, "LD_LIBRARY_PATH")};
    finder.add_program(plan.card.program);
    return plan;
}

}  // namespace

void add_source_options(CLI::App& app, source_options& options) {
    const auto one_each = [](CLI::Option* option) {
        option->allow_extra_args(false);
    };
    one_each(app.add_option("--deb", options.packages,
                            "Take PROGRAM from these Debian packages and all they depend on")
                 ->type_name("PKG[,PKG…]"));
    app.add_flag("--apt-update", options.fresh_lists, "Fetch fresh package lists first");
    app.add_option("--root", options.root, "Take PROGRAM from this folder, which becomes /")
        ->type_name("DIR");
    one_each(app.add_option("--file", options.files,
                            "Put a file or folder of this machine into the guest (repeatable)")
                 ->type_name("HOST:GUEST"));
    one_each(app.add_option("-e,--env", options.environment,
                            "Set a variable; without =V take its value from here (repeatable)")
                 ->type_name("K[=V]"));
    app.add_option("--cwd", options.folder, "Start PROGRAM in this folder of the guest")
        ->type_name("DIR");
    app.add_option("--compress", options.packing, "Store files compressed: none, lz4, lz4hc")
        ->check(CLI::IsMember({"none", "lz4", "lz4hc"}).description(""))
        ->type_name("HOW");
    app.add_option("--verity", options.checked_by,
                   "Check each block of the image when it is read: crc32c, sha256, none")
        ->check(CLI::IsMember({"crc32c", "sha256", "none"}))
        ->type_name("HOW");
    app.add_flag("--no-agent", options.no_agent,
                 "Leave the agent out of the image: no exec, cp, top, … in the guest");
    app.prefix_command();
    app.positionals_at_end(false);
}

void add_report_options(CLI::App& app, report_style& style) {
    app.add_flag("-v,--verbose", style.verbose, "Say each step, and show the kernel's log");
    app.add_flag("-q,--quiet", style.quiet, "Say nothing but errors");
    app.add_flag("--json", style.json, "Status objects on stderr, one a line, in place of text");
}

std::vector<std::string> program_words(const CLI::App& app) {
    std::vector<std::string> words = app.remaining();
    if (!words.empty() && words[0] == "--") {
        words.erase(words.begin());
    } else if (!words.empty() && words[0].starts_with('-') && words[0].size() > 1) {
        throw failure{exit_status::usage,
                      fmt::format("osprey {}: unknown option {}", app.get_name(), words[0]),
                      fmt::format("`osprey {} --help` lists the options; those of the program come "
                                  "after its name.",
                                  app.get_name())};
    }
    if (words.empty()) {
        throw failure{exit_status::usage,
                      fmt::format("osprey {}: no PROGRAM given", app.get_name()),
                      fmt::format("See `osprey {} --help`.", app.get_name())};
    }
    return words;
}

std::string guest_variable(const source_options& options, const std::string& name) {
    std::string value;
    for (const std::string& setting : options.environment) {
        if (setting.starts_with(name + "=")) {
            value = setting.substr(name.size() + 1);
        } else if (const char* here = setting == name ? std::getenv(name.c_str()) : nullptr) {
            value = here;
        }
    }
    return value;
}

std::vector<std::string> search_path(const source_options& options) {
    const std::string path = guest_variable(options, "PATH");
    return split(path.empty() ? default_path : path, ':');
}

std::vector<std::string> environment_options(const source_options& options,
                                             const std::vector<std::string>& inherited) {
    option_list list;
    list.set("--env=PATH", default_path);
    list.set("--env=HOME", "/root");
    for (const std::string& option : inherited) {
        list.set_text(option);
    }
    for (const std::string& setting : options.environment) {
        const size_t equals = setting.find('=');
        if (equals == 0 || setting.empty()) {
            throw failure{exit_status::usage, fmt::format("-e {}: not of the form K=V", setting)};
        }
        if (equals != std::string::npos) {
            list.set("--env=" + setting.substr(0, equals), setting.substr(equals + 1));
        } else if (const char* here = std::getenv(setting.c_str())) {
            list.set("--env=" + setting, here);
        }
    }
    if (!options.folder.empty()) {
        list.set("--cwd", image::clean_guest_path(options.folder));
    }
    return list.words();
}

image::compression compression_of(const std::string& name) {
    return name == "lz4"     ? image::compression::lz4
           : name == "lz4hc" ? image::compression::lz4hc
                             : image::compression::none;
}

planned_image plan_image(const source_options& options, reporter& report) {
    const bool from_tree = !options.root.empty() || !options.packages.empty();
    planned_image plan =
        from_tree ? plan_from_tree(options, report) : plan_from_host(options, report);
    plan.card.checked_by = options.checked_by;
    plan.card.name = fs::path{plan.card.program}.filename().string();
    image::add_minimum(plan.content);
    if (!options.no_agent) {
        image::add_agent(plan.content);
    }
    if (!options.folder.empty() && !plan.content.has(image::clean_guest_path(options.folder))) {
        plan.content.add_folder(options.folder);
    }
    return plan;
}

}  // namespace osprey::cli::commands
