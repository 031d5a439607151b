// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <fs/trace/stream.hh>
#include <fs/trace/trace_files.hh>
#include <fs/trace/tracefs.hh>
#include <trace/buffer.hh>
#include <trace/sampler.hh>

namespace osprey::fs {
namespace {

constexpr u64 tracefs_magic = 0x74726163;  // TRACEFS_MAGIC of statfs(2)

result<refptr<synthetic_filesystem>> make_tracefs() noexcept {
    auto fs = TRY(synthetic_filesystem::create("tracefs", tracefs_magic));
    TRY_VOID(add_trace_knobs(*fs));
    TRY_VOID(add_trace_options(*fs));
    TRY_VOID(add_trace_pipes(*fs));
    TRY_VOID(add_trace_events(*fs));
    TRY_VOID(add_trace_sampler(*fs));
    return fs;
}

constinit sync::guarded<refptr<synthetic_filesystem>> instance;

}  // namespace

result<refptr<synthetic_filesystem>> trace_filesystem() noexcept {
    return instance.with(
        [](refptr<synthetic_filesystem>& fs) -> result<refptr<synthetic_filesystem>> {
            if (!fs)
                fs = TRY(make_tracefs());
            return fs;
        });
}

result<void> start_tracing(std::string_view patterns) noexcept {
    while (!patterns.empty()) {
        const usize end = std::min(patterns.find(','), patterns.size());
        TRY_VOID(set_events_by_pattern(patterns.substr(0, end)));
        patterns.remove_prefix(std::min(end + 1, patterns.size()));
    }
    return ok;
}

result<void> start_sampling(std::string_view hertz) noexcept {
    const u64 wanted = TRY(parse_number(hertz));
    sync::lock_guard guard{trace_mutex};
    return trace::set_sampler(static_cast<u32>(std::min<u64>(wanted, ~u32{0})));
}

void record_backtraces() noexcept {
    trace::set_option(trace::option::stacktrace, true);
}

}  // namespace osprey::fs
