// SPDX-License-Identifier: BSD-3-Clause
#include <base/failure.hh>
#include <base/subprocess.hh>
#include <base/text.hh>
#include <commands/commands.hh>
#include <commands/usage.hh>
#include <qemu/accelerator.hh>
#include <qemu/command_line.hh>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace osprey::cli::commands {

namespace {

/// A part's description, or why there is none: `version` answers even on a broken setup.
template <typename Function>
std::string or_reason(Function&& function) {
    try {
        return function();
    } catch (const failure& error) {
        return fmt::format("none ({})", error.what());
    }
}

}  // namespace

action add_version(CLI::App& app) {
    auto as_json = std::make_shared<bool>(false);
    CLI::App* version = app.add_subcommand("version", "Show versions of the tool and its parts");
    set_usage(*version, "Usage: osprey version [OPTIONS]");
    version->add_flag("--json", *as_json, "Print one JSON object");
    return [as_json] {
        const qemu::accelerator accel = qemu::choose_accelerator("auto");
        const nlohmann::json facts{
            {"osprey", OSPREY_VERSION},
            {"kernel", or_reason([] { return qemu::find_kernel().string(); })},
            {"qemu", or_reason([] {
                 const command_result result = run_command({qemu::find_qemu(), "--version"});
                 return split(result.out, '\n').front();
             })},
            {"accelerator", accel.name},
            {"accelerator_reason", accel.reason}};
        if (*as_json) {
            fmt::print("{}\n", facts.dump(2));
        } else {
            fmt::print("osprey {}\nkernel       {}\nqemu         {}\naccelerator  {} ({})\n",
                       OSPREY_VERSION, facts["kernel"].get<std::string>(),
                       facts["qemu"].get<std::string>(), accel.name, accel.reason);
        }
        return 0;
    };
}

}  // namespace osprey::cli::commands
