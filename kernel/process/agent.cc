// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <base/log.hh>
#include <process/agent.hh>
#include <process/control_channel.hh>
#include <process/process.hh>
#include <sched/scheduler.hh>
#include <vfs/lookup.hh>

namespace osprey::proc {
namespace {

constexpr std::string_view agent_program = "/usr/lib/osprey/agent";

constinit const vector<std::string_view>* agent_environment = nullptr;
constinit const vfs::path* agent_folder = nullptr;
constinit std::atomic<bool> allowed{false};
constinit std::atomic<bool> wanted{false};
constinit std::atomic<bool> running{false};
constinit std::atomic<i32> pid{0};

/// Its three streams are /dev/null: what it has to say goes through its port.
result<refptr<vfs::descriptor_table>> quiet_streams(vfs::directory_context& directories) noexcept {
    constexpr u32 no_limit = 1024;
    auto table = TRY(vfs::descriptor_table::create());
    auto nowhere = TRY(vfs::open(directories, {}, "/dev/null", vfs::o_rdwr, 0));
    for (int fd = 0; fd < 3; ++fd)
        TRY_VOID(table->install_at(fd, nowhere, false, no_limit));
    return table;
}

result<refptr<process>> start() noexcept {
    auto directories =
        TRY(vfs::directory_context::create(vfs::root_path(), vfs::path{*agent_folder}, 022));
    auto descriptors = TRY(quiet_streams(*directories));
    return start_program({.path = agent_program,
                          .arguments = &agent_program,
                          .argument_count = 1,
                          .environment = agent_environment->data(),
                          .environment_count = agent_environment->size()},
                         nullptr, std::move(descriptors), std::move(directories));
}

void run_agent(void*) noexcept {
    if (auto started = start()) {
        pid.store((*started)->pid());
        (void)wait_for(**started);
        pid.store(0);
        running.store(false);
        tell_agent_ended();
    } else {
        running.store(false);
        fixed_text<160> text;
        if (started.error() == errc::no_entry)
            format_to(text, "the image has no agent ({})", agent_program);
        else
            format_to(text, "{}: {}", agent_program, name_of(started.error()));
        tell_no_agent(text.view());
    }
    sched::exit_current();
}

void start_if_wanted() noexcept {
    if (!allowed.load() || !wanted.exchange(false) || running.exchange(true))
        return;
    auto thread = sched::thread::create("agent", run_agent, nullptr);
    if (thread)
        return (*thread)->start();
    running.store(false);
    tell_no_agent("no memory for the agent");
}

}  // namespace

void allow_agent(const vector<std::string_view>& environment, const vfs::path& folder) noexcept {
    agent_environment = &environment;
    agent_folder = &folder;
    allowed.store(true);
    start_if_wanted();
}

void want_agent() noexcept {
    wanted.store(true);
    start_if_wanted();
}

i32 agent_pid() noexcept {
    return pid.load();
}

}  // namespace osprey::proc
