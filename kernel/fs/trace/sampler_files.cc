// SPDX-License-Identifier: BSD-3-Clause
// sampler and stacks: Osprey's own files.
#include <fs/trace/stream.hh>
#include <fs/trace/symbols.hh>
#include <fs/trace/trace_files.hh>
#include <fs/trace/tracefs.hh>
#include <trace/sampler.hh>

namespace osprey::fs {
namespace {

result<void> show_frequency(string& out) noexcept {
    return print(out, "{}\n", trace::sampler_hertz());
}

/// "COUNT PID TID COMM;outermost;…;innermost"
bool show_stack(const trace::sampled_stack& stack, void* context) noexcept {
    auto& to = *static_cast<string_sink*>(context);
    format_to(to, "{} {} {} {}", stack.count, stack.process, stack.thread, stack.name);
    for (usize i = stack.program.size(); i-- > 0;) {
        to.append(";");
        // Return addresses lie behind their call
        write_program_symbol(to, stack.process, stack.program[i] - (i != 0));
    }
    for (usize i = stack.kernel.size(); i-- > 0;) {
        to.append(";");
        write_kernel_symbol(to, stack.kernel[i] + (i == 0), false);
        to.append("_[k]");
    }
    to.append("\n");
    return to.outcome.has_value();
}

class stacks_node final : public emptied_node {
public:
    explicit stacks_node(synthetic_filesystem& fs) noexcept : emptied_node{fs, 0644} {}
    result<void> show(string& out) noexcept override {
        string_sink to{out};
        sync::lock_guard guard{trace_mutex};
        trace::for_each_stack(show_stack, &to);
        return to.outcome;
    }
    result<void> store(std::string_view) noexcept override { return ok; }
    result<void> empty() noexcept override {
        sync::lock_guard guard{trace_mutex};
        trace::clear_stacks();
        return ok;
    }
};

}  // namespace

result<void> add_trace_sampler(synthetic_filesystem& fs) noexcept {
    TRY_VOID(fs.top().file("sampler", {show_frequency, start_sampling}));
    return fs.top().add("stacks", TRY(make_ref<stacks_node>(fs)));
}

}  // namespace osprey::fs
