// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <base/failure.hh>
#include <base/text.hh>
#include <commands/commands.hh>
#include <commands/usage.hh>

#include <cstdio>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace {

using namespace osprey::cli;

/// Descriptors 0 to 2 must exist, or the first socket would be taken for stdout.
void open_standard_descriptors() {
    int fd = 0;
    do {
        fd = ::open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= 2);
    ::close(fd);
}

int report_failure(const failure& error) {
    const std::string what = printable(error.what());
    fmt::print(stderr, "{}{}\n", what.starts_with("osprey") ? "" : "osprey: ", what);
    if (!error.hint().empty()) {
        fmt::print(stderr, "        {}\n", printable(error.hint()));
    }
    return static_cast<int>(error.status());
}

int run(int argc, char** argv) {
    CLI::App app{"Osprey runs one unmodified Linux program in a virtual machine.", "osprey"};
    commands::set_usage(app, "Usage: osprey COMMAND [OPTIONS]");
    app.set_version_flag("--version", "osprey " OSPREY_VERSION);
    app.require_subcommand(1);
    app.footer(
        "`osprey COMMAND --help` tells more.\n\n"
        "Environment:\n"
        "  OSPREY_CACHE   where images and packages are kept (~/.cache/osprey)\n"
        "  OSPREY_STATE   where runs leave their kernel logs (~/.local/state/osprey)\n"
        "  OSPREY_KERNEL  the guest's kernel (kernel.elf beside the tool)\n"
        "  OSPREY_AGENT   the guest's agent (guest/agent beside the tool)\n"
        "  OSPREY_QEMU    the QEMU to use (qemu-system-x86_64)");
    const std::map<std::string, commands::action> actions{
        {"run", commands::add_run(app)},         {"build", commands::add_build(app)},
        {"ps", commands::add_ps(app)},           {"logs", commands::add_logs(app)},
        {"stop", commands::add_stop(app)},       {"wait", commands::add_wait(app)},
        {"rm", commands::add_rm(app)},           {"inspect", commands::add_inspect(app)},
        {"exec", commands::add_exec(app)},       {"cp", commands::add_cp(app)},
        {"env", commands::add_env(app)},         {"dmesg", commands::add_dmesg(app)},
        {"stats", commands::add_stats(app)},     {"top", commands::add_top(app)},
        {"strace", commands::add_strace(app)},   {"gdb", commands::add_gdb(app)},
        {"pcap", commands::add_pcap(app)},       {"doctor", commands::add_doctor(app)},
        {"version", commands::add_version(app)},
    };
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& wanted_text) {
        return app.exit(wanted_text);  // --help, --version
    } catch (const CLI::ParseError& error) {
        const auto chosen = app.get_subcommands();
        const std::string command =
            chosen.empty() ? "osprey" : "osprey " + chosen.front()->get_name();
        if (argc < 2) {
            throw failure{exit_status::usage, "osprey: no command given",
                          "Try `osprey run PROGRAM`, or see `osprey --help`."};
        }
        throw failure{exit_status::usage, fmt::format("{}: {}", command, error.what()),
                      fmt::format("See `{} --help`.", command)};
    }
    return actions.at(app.get_subcommands().front()->get_name())();
}

}  // namespace

int main(int argc, char** argv) {
    open_standard_descriptors();
    ::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error like a full disk, not a death
    try {
        return run(argc, argv);
    } catch (const failure& error) {
        return report_failure(error);
    } catch (const nlohmann::json::exception& error) {
        // The only JSON that is trusted to have a shape is that inside images.
        return report_failure(
            failure{fmt::format("the image's description (/etc/osprey/image.json) is not as "
                                "osprey build writes it: {}",
                                error.what()),
                    "Build the image again."});
    } catch (const std::exception& error) {
        fmt::print(stderr, "osprey: {}\n", error.what());
        return static_cast<int>(exit_status::tool_failed);
    }
}
