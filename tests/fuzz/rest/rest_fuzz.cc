// SPDX-License-Identifier: BSD-3-Clause
// What the REST server parses itself: batches, command lists, patterns, stacks, status files, routes.
#include <base/batch_list.hh>
#include <base/command_list.hh>
#include <base/error.hh>
#include <base/expression.hh>
#include <base/processes.hh>
#include <base/text.hh>
#include <base/tracefs.hh>

#include <cstdlib>

using namespace osprey::rest;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

template <typename Work>
void may_refuse(Work&& work) {
    try {
        work();
    } catch (const api_error& e) {
        require(e.status() == 400);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    may_refuse([&] {
        for (const batch_entry& entry : parse_batch(text))
            require(entry.url.starts_with('/'));
    });
    may_refuse([&] {
        const auto commands = parse_commands(
            text, [](const std::string& name) { return std::optional<std::string>{name}; });
        require(!commands.empty());
        for (const auto& command : commands)
            require(!command.empty());
    });
    may_refuse([&] {
        const expression e{std::string{text.substr(0, 201)}};
        (void)e.matches("sched_switch");
    });
    const size_t half = size / 2;
    (void)matches_glob(text.substr(0, half), text.substr(half));
    require(matches_glob("*", text));
    if (const auto one = tracefs::parse_stack(text))
        require(one->frames.size() <= size);
    thread_facts t;
    (void)parse_thread_stat(text, t);
    return 0;
}
