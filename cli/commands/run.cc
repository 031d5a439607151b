// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/text.hh>
#include <commands/api_option.hh>
#include <commands/commands.hh>
#include <commands/source.hh>
#include <commands/usage.hh>
#include <image/erofs.hh>
#include <image/hash_tree.hh>
#include <qemu/session.hh>

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

namespace osprey::cli::commands {

namespace {

struct run_options {
    source_options source;
    report_style style;
    std::string memory = "512M";
    unsigned cpus = std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
    std::string accel = "auto";
    std::string machine = "q35";
    std::vector<std::string> kernel_arguments;
    qemu::network_request network;
    api_option api;
    bool strace = false;
    int gdb_port = 0;
    bool dry_run = false;
    double timeout = 0;
};

/// What the kernel and a static program of a page or two need (docs/test-report.md).
constexpr uint64_t least_memory_mib = 3;
/// Longer command lines are cut in the header.
constexpr size_t longest_shown_program = 80;

/// An image ready to run, from the cache or from the user.
struct ready_image {
    fs::path path;
    std::string name;
    std::string summary;
    uint64_t size = 0;
    bool was_cached = false;
    std::vector<std::string> command;  ///< program and arguments of a given image
    std::vector<std::string> options;  ///< kernel options of a given image
    bool is_given = false;             ///< the user's own image
    bool is_whole = false;  ///< it runs as it was built: the kernel can read it all there
};

/// Image names that people use; decides only which error a damaged file gets.
bool is_called_image(const std::string& path) {
    const std::string extension = fs::path{path}.extension().string();
    return extension == ".img" || extension == ".erofs" || extension == ".image";
}

bool is_image(const run_options& options) {
    const std::string& word = options.source.words[0];
    std::error_code error;
    return options.source.root.empty() && options.source.packages.empty() &&
           fs::is_regular_file(word, error) &&
           (image::erofs_image::has_magic(word) || is_called_image(word));
}

/// Looks up a bare name on the guest's PATH; a path is taken as it is.
std::string find_in_image(const image::erofs_image& image, const std::string& program,
                          const source_options& options) {
    if (program.find('/') != std::string::npos) {
        return program;
    }
    for (const std::string& folder : search_path(options)) {
        if (image.find(folder + "/" + program)) {
            return folder + "/" + program;
        }
    }
    throw failure{exit_status::not_found,
                  fmt::format("there is no program {} in the image", program),
                  "`osprey inspect --files IMAGE` lists what is there."};
}

ready_image open_image(const run_options& options) {
    const std::string& word = options.source.words[0];
    if (options.source.has_content()) {
        throw failure{
            exit_status::usage,
            fmt::format("{} is a finished image: --file and --compress do not go with it", word),
            "Give them to `osprey build`."};
    }
    const image::erofs_image image{word};
    ready_image ready{.path = fs::absolute(word), .size = image.file_size(), .is_given = true};
    ready.name = ready.path.filename().string();
    ready.summary = "given";
    ready.command = {options.source.words.begin() + 1, options.source.words.end()};
    const auto card = image.find("/etc/osprey/image.json");
    const auto text = card ? image.read(*card) : std::nullopt;
    const auto facts = nlohmann::json::parse(text.value_or(""), nullptr, false);
    if (facts.is_object()) {
        ready.options = facts.value("options", std::vector<std::string>{});
    }
    if (!image::read_hash_tree(word, image.data_bytes())) {
        image::require_promised_tree(word, facts);
    }
    if (!ready.command.empty()) {
        ready.command[0] = find_in_image(image, ready.command[0], options.source);
    } else if (facts.is_object() && !facts.value("program", "").empty()) {
        ready.command = facts.value("arguments", std::vector<std::string>{});
        ready.command.insert(ready.command.begin(), facts.value("program", ""));
        ready.is_whole = options.source.environment.empty() && options.source.folder.empty();
    } else {
        throw failure{exit_status::usage,
                      fmt::format("the image {} does not say which program to run", word),
                      fmt::format("Give it: osprey run {} /path/to/program.", word)};
    }
    if (facts.is_object() && facts.contains("name") && facts["name"].is_string()) {
        ready.summary = facts["name"].get<std::string>();
    }
    return ready;
}

class runner {
public:
    explicit runner(const run_options& options) : options_{options}, report_{options.style} {
        // Only the console of a terminal can be a terminal in the guest.
        interactive_ = qemu::terminal::is_interactive();
    }

    int run() {
        qemu::check_machine_type(options_.machine);
        const qemu::accelerator accel = qemu::choose_accelerator(options_.accel);
        report_.detail(fmt::format("accelerator {}: {}", accel.name, accel.reason));
        // What is missing on this machine is told before any work is done.
        qemu::machine guest{.qemu = qemu::find_qemu(), .kernel = qemu::find_kernel()};
        guest.type = options_.machine;
        guest.accel = accel;
        guest.memory_mib = parse_memory(options_.memory);
        if (guest.memory_mib < least_memory_mib) {
            throw failure{
                exit_status::usage,
                fmt::format("{} MiB of memory are too few for any program", guest.memory_mib),
                fmt::format("Give the guest {} MiB at least, for example -m 64M.",
                            least_memory_mib)};
        }
        guest.cpus = options_.cpus;
        guest.gdb_port = options_.gdb_port;
        guest.network = qemu::plan_network(options_.network);
        guest.separate_stderr = !(interactive_ && ::isatty(STDERR_FILENO) == 1);
        if (options_.api.port != 0 && is_image(options_)) {
            throw failure{exit_status::usage, "--api does not go with a finished image",
                          "Run the program itself, from which --api makes an image."};
        }
        const ready_image image = is_image(options_) ? open_image(options_) : make_image(guest);
        if (image.is_given) {
            guest.append = append_text(image);
        }
        guest.image = image.path;
        report_.event({{"event", "image"},
                       {"path", image.path.string()},
                       {"name", image.name},
                       {"bytes", image.size},
                       {"cached", image.was_cached}});
        if (options_.dry_run) {
            fmt::print("{}\n", qemu::pasteable_command_line(guest));
            return 0;
        }
        return run_session(guest, image);
    }

private:
    /// Kernel options, then environment and program: the text for -append.
    std::string whole_command_line(const std::vector<std::string>& inherited,
                                   const std::vector<std::string>& command) const {
        std::vector<std::string> words = kernel_options();
        const auto variables = environment(inherited);
        words.insert(words.end(), variables.begin(), variables.end());
        const std::string programs = beside_api_server(options_.api, shell_join(command));
        return words.empty() ? programs : shell_join(words) + " " + programs;
    }

    /// The same for a finished image, into which nothing can be written any more.
    std::string append_text(const ready_image& image) const {
        std::string text = whole_command_line(image.options, image.command);
        if (text.size() <= qemu::longest_append) {
            return text;
        }
        if (image.is_whole) {
            return shell_join(kernel_options());  // the kernel reads the rest from the image
        }
        throw failure{
            exit_status::usage,
            fmt::format("the command line of {} bytes is too long for the kernel", text.size()),
            "Build the image with these arguments (osprey build), which has no such limit."};
    }

    std::vector<std::string> environment(const std::vector<std::string>& inherited = {}) const {
        std::vector<std::string> first;
        if (const char* term = interactive_ ? std::getenv("TERM") : nullptr) {
            first.push_back(fmt::format("--env=TERM={}", term));
        }
        first.insert(first.end(), inherited.begin(), inherited.end());
        return environment_options(options_.source, first);
    }

    std::vector<std::string> kernel_options() const {
        std::vector<std::string> words;
        if (interactive_) {
            // With its size, since the program may ask before the control channel tells it.
            const auto size = qemu::terminal::size();
            words.push_back(size ? fmt::format("--tty={}x{}", size->first, size->second) : "--tty");
        }
        if (options_.strace) {
            words.emplace_back("--strace");
        }
        if (options_.style.verbose) {
            words.emplace_back("--verbose");
        }
        for (const std::string& argument : options_.kernel_arguments) {
            words.push_back(argument.starts_with("--") ? argument : "--" + argument);
        }
        return words;
    }

    ready_image make_image(qemu::machine& guest) {
        planned_image plan = plan_image(options_.source, report_);
        std::vector<std::string> command = options_.source.words;
        command[0] = plan.card.program;
        // Arguments stay out of the image, so that one image serves many runs, unless they are
        // too long for the kernel's command line.
        guest.append = whole_command_line({}, command);
        if (guest.append.size() > qemu::longest_append) {
            if (options_.api.port != 0) {
                throw failure{exit_status::usage,
                              "the program's arguments are too long to go with --api",
                              "Put them into a file or a script (--file)."};
            }
            plan.card.arguments = {command.begin() + 1, command.end()};
            plan.card.options = environment();
            guest.append = shell_join(kernel_options());
        }
        add_api_server(options_.api, plan.content);
        image::add_identity(plan.content, plan.card);
        const image::cached_image made =
            image::make_image(plan.content, compression_of(options_.source.packing),
                              image::integrity_of(options_.source.checked_by), report_);
        return {.path = made.path,
                .name = plan.card.name,
                .summary = plan.summary,
                .size = made.size,
                .was_cached = made.was_cached,
                .command = command};
    }

    int run_session(qemu::machine& guest, const ready_image& image) {
        qemu::check_devices(guest.network);
        qemu::claim_ports(guest.network);
        qemu::run_record record{{{"program", options_.source.words},
                                 {"image", image.path.string()},
                                 {"cpus", guest.cpus},
                                 {"memory_mib", guest.memory_mib},
                                 {"ports", ports_as_json(guest)}}};
        qemu::session_options session_options{.interactive = interactive_,
                                              .kernel_path = guest.kernel.string()};
        if (options_.timeout > 0) {
            session_options.timeout_seconds = options_.timeout;
        }
        if (guest.gdb_port != 0) {
            report_.warning(fmt::format(
                "waiting for a debugger: gdb {} -ex 'target remote :{}' -ex 'break osprey_main' "
                "-ex continue",
                guest.kernel.string(), guest.gdb_port));
        }
        qemu::session session{guest, session_options, record, report_};
        session.on_boot = [&](const nlohmann::json& booted,
                              const std::vector<std::string>& addresses) {
            print_header(guest, image, booted, addresses);
        };
        session.on_image_damaged = [&]() -> std::string {
            std::error_code error;
            if (image.is_given || !fs::remove(image.path, error)) {
                return "copy, download or build the image again";
            }
            return "the tool's copy was removed; run it again, and a new one is made";
        };
        return session.run();
    }

    /// At most four lines before the program's output.
    void print_header(const qemu::machine& guest, const ready_image& image,
                      const nlohmann::json& booted, const std::vector<std::string>& addresses) {
        std::string program = shell_join(image.command);
        if (program.size() > longest_shown_program) {
            program = program.substr(0, longest_shown_program) + "…";
        }
        const std::vector<std::string> doors = client_addresses(guest);
        if (doors.empty()) {  // else the place of this line is needed for them
            report_.line(fmt::format("program  {}", printable(program)));
        }
        report_.line(fmt::format("image    {} ({}, {}{})", image.name, image.summary,
                                 human_bytes(image.size), image.was_cached ? ", cached" : ""));
        report_.line(fmt::format("booted   in {} on {}, {} MiB, {} ({})",
                                 human_time(qemu::number_of(booted, "boot_us")),
                                 counted(qemu::number_of(booted, "cpus", guest.cpus), "CPU"),
                                 guest.memory_mib, guest.type, guest.accel.name));
        report_.line("network  " + network_text(guest, addresses));
        if (!doors.empty()) {
            report_.line("open     " + join(doors));
        }
    }

    static std::string join(const std::vector<std::string>& words) {
        return fmt::format("{}", fmt::join(words, ", "));
    }

    /// "10.0.2.15 (user)", as the guest says; without an address, only where it leads.
    static std::string network_text(const qemu::machine& guest,
                                    const std::vector<std::string>& addresses) {
        if (guest.network.empty()) {
            return "none";
        }
        std::vector<std::string> kinds;
        for (const qemu::network_card& card : guest.network) {
            kinds.push_back(qemu::describe(card));
        }
        return fmt::format("{} ({})", addresses.empty() ? "no address" : printable(join(addresses)),
                           join(kinds));
    }

    /// What to type into a client: "http://localhost:8080 (guest port 80)".
    static std::vector<std::string> client_addresses(const qemu::machine& guest) {
        std::vector<std::string> addresses;
        for (const qemu::network_card& card : guest.network) {
            for (const qemu::published_port& port : card.ports) {
                constexpr std::array web{80, 8000, 8008, 8080};
                const bool is_web =
                    !port.udp && std::ranges::find(web, port.guest_port) != web.end();
                addresses.push_back(fmt::format("{}{}{} (guest port {})", is_web ? "http://" : "",
                                                port.client_address(), port.udp ? "/udp" : "",
                                                port.guest_port));
            }
        }
        return addresses;
    }

    static nlohmann::json ports_as_json(const qemu::machine& guest) {
        nlohmann::json ports = nlohmann::json::array();
        for (const qemu::network_card& card : guest.network) {
            for (const qemu::published_port& port : card.ports) {
                ports.push_back({{"address", port.host_address},
                                 {"host", port.host_port},
                                 {"guest", port.guest_port},
                                 {"protocol", port.udp ? "udp" : "tcp"}});
            }
        }
        return ports;
    }

    run_options options_;
    reporter report_;
    bool interactive_ = false;
};

}  // namespace

action add_run(CLI::App& app) {
    auto options = std::make_shared<run_options>();
    CLI::App* run = app.add_subcommand("run", "Run a program in a guest");
    set_usage(*run,
              "Usage: osprey run [OPTIONS] PROGRAM [ARGUMENTS…]\n"
              "       osprey run [OPTIONS] IMAGE [PROGRAM [ARGUMENTS…]]");
    run->footer(
        "PROGRAM is an x86-64 Linux executable or #! script of this machine (its libraries are\n"
        "found and come along), or with --root or --deb a path or name in there. IMAGE was made\n"
        "by `osprey build`; words after it run that program of the image in place of its own.\n"
        "Options after PROGRAM are the program's own.\n\n"
        "The exit code is the program's (128+N when signal N ended it); 124 after --timeout, 125\n"
        "when the guest or the tool failed, 126/127 when the program cannot run or is missing.\n\n"
        "Examples:\n"
        "  osprey run /bin/echo hello\n"
        "  osprey run --deb python3 python3 -c 'print(1+1)'\n"
        "  osprey run --deb sqlite3 --file ./my.db:/my.db sqlite3 /my.db .tables\n"
        "  osprey run -p 8080:80 --deb nginx-light --file ./site:/site nginx -c /site/nginx.conf\n"
        "  osprey run -c 4 -m 1G --deb zstd --file ./big:/big zstd -T4 -c /big > big.zst");
    run->add_option("-m,--memory", options->memory, "Memory: MiB, or with unit K, M, G")
        ->type_name("SIZE")
        ->capture_default_str();
    run->add_option("-c,--cpus", options->cpus, "Number of CPUs, 1 to 255")
        ->type_name("N")
        ->check(CLI::Range(1, 255).description(""))
        ->capture_default_str();
    add_source_options(*run, options->source);
    run->add_option("-p,--publish", options->network.published,
                    "Lead a port of this machine (localhost unless ADDRESS says else) to one\n"
                    "of the guest: [[ADDRESS:]HOST:]GUEST[/udp] (repeatable)")
        ->type_name("PORTS")
        ->allow_extra_args(false);
    add_api_options(*run, options->api);
    run->add_option("--net", options->network.networks,
                    "Network: user (the default), none, tap:NAME[,queues=N], bridge:NAME;\n"
                    "repeat it for several cards")
        ->type_name("NETWORK")
        ->allow_extra_args(false);
    run->add_option("--mac", options->network.macs, "Address of the card (in order of --net)")
        ->type_name("ADDRESS")
        ->allow_extra_args(false);
    run->add_option("--pcap", options->network.capture,
                    "Write every packet of the first card to this file (see `osprey pcap`)")
        ->type_name("FILE");
    run->add_option("--accel", options->accel, "auto, kvm, tcg, or what QEMU's -accel takes")
        ->type_name("HOW")
        ->capture_default_str();
    run->add_option("--machine", options->machine, "Machine type: q35, pc, microvm")
        ->type_name("TYPE")
        ->capture_default_str();
    run->add_option("--kernel-arg", options->kernel_arguments, "Option for the kernel (repeatable)")
        ->type_name("OPTION")
        ->allow_extra_args(false);
    run->add_option("--timeout", options->timeout, "Stop the guest after so many seconds")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.001, 1e9).description(""));
    run->add_flag("--strace", options->strace,
                  "Show the program's system calls (in the kernel log; "
                  "add -v to see it live)");
    run->add_flag("--gdb{1234}", options->gdb_port, "Wait for gdb on this port of localhost (1234)")
        ->type_name("[=PORT]");
    run->add_flag("--dry-run", options->dry_run, "Make the image, print the QEMU line, do not run");
    add_report_options(*run, options->style);
    return [run, options] {
        options->source.words = program_words(*run);
        publish_api(options->api, options->network);
        return runner{*options}.run();
    };
}

}  // namespace osprey::cli::commands
