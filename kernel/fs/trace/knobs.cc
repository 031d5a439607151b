// SPDX-License-Identifier: BSD-3-Clause
// The small files of tracefs.
#include <algorithm>
#include <arch/cpu.hh>
#include <charconv>
#include <fs/trace/stream.hh>
#include <fs/trace/symbols.hh>
#include <fs/trace/trace_files.hh>
#include <trace/buffer.hh>
#include <trace/event.hh>

namespace osprey::fs {

std::string_view trim(std::string_view text) noexcept {
    auto is_blank = [](char c) {
        return c == ' ' || c == '\n' || c == '\t' || c == '\0';
    };
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

result<u64> parse_number(std::string_view text) noexcept {
    text = trim(text);
    u64 value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ptr != end || parsed.ec != std::errc{})
        return errc::invalid_argument;
    return value;
}

namespace {

result<void> show_tracing_on(string& out) noexcept {
    return out.append(trace::recording() ? "1\n" : "0\n");
}
result<void> store_tracing_on(std::string_view text) noexcept {
    trace::set_recording(TRY(parse_number(text)) != 0);
    return ok;
}

result<void> show_clock(string& out) noexcept {
    return out.append("[local] global mono boot\n");
}
/// All four are the time since boot, which all CPUs agree on.
result<void> store_clock(std::string_view text) noexcept {
    text = trim(text);
    if (text != "local" && text != "global" && text != "mono" && text != "boot")
        return errc::invalid_argument;
    return ok;
}

result<void> show_tracer(string& out) noexcept {
    return out.append("nop\n");
}
result<void> store_tracer(std::string_view text) noexcept {
    return trim(text) == "nop" ? result<void>{ok} : errc::invalid_argument;
}

result<void> show_names(string& out) noexcept {
    struct listing {
        string& out;
        result<void> outcome;
    } list{out, ok};
    trace::for_each_known_thread(
        [](i32 thread, const char* name, void* to) {
            auto& list = *static_cast<listing*>(to);
            if (list.outcome)
                list.outcome = print(list.out, "{} {}\n", thread, name);
        },
        &list);
    return list.outcome;
}

/// There are none.
result<void> show_formats(string&) noexcept {
    return ok;
}

result<void> show_count_of_cpus(string& out) noexcept {
    const u32 cpus = arch::cpu_count();
    for (u32 word = (cpus - 1) / 32 + 1; word-- > 0;)
        TRY_VOID(print(out, "{:x}{}",
                       cpus - word * 32 >= 32 ? ~u32{0} : (1u << (cpus - word * 32)) - 1,
                       word ? "," : "\n"));
    return ok;
}

struct named_option {
    std::string_view name;
    trace::option which;
};
constexpr named_option changeable[] = {
    {"overwrite", trace::option::overwrite},
    {"stacktrace", trace::option::stacktrace},
    {"userstacktrace", trace::option::userstacktrace},
};
/// What else Linux has that records are written with, always so here.
constexpr struct {
    std::string_view name;
    bool on;
} fixed[] = {{"context-info", true}, {"irq-info", true}, {"markers", true}, {"record-cmd", true}};

result<void> show_options(string& out) noexcept {
    for (const auto& o : changeable)
        TRY_VOID(print(out, "{}{}\n", trace::option_set(o.which) ? "" : "no", o.name));
    for (const auto& o : fixed)
        TRY_VOID(print(out, "{}{}\n", o.on ? "" : "no", o.name));
    return ok;
}

result<void> change_option(std::string_view name, bool on) noexcept {
    sync::lock_guard guard{trace_mutex};
    for (const auto& o : changeable)
        if (o.name == name) {
            trace::set_option(o.which, on);
            return ok;
        }
    for (const auto& o : fixed)
        if (o.name == name && o.on == on)
            return ok;
    return errc::invalid_argument;
}

result<void> store_options(std::string_view text) noexcept {
    while (!(text = trim(text)).empty()) {
        const usize end = std::min(text.find_first_of(" \n,"), text.size());
        std::string_view word = text.substr(0, end);
        text.remove_prefix(end);
        const bool on = !word.starts_with("no");
        if (!on)
            word.remove_prefix(2);
        TRY_VOID(change_option(word, on));
    }
    return ok;
}

class option_node final : public text_node {
public:
    option_node(synthetic_filesystem& fs, named_option what) noexcept
        : text_node{fs, 0644}, what_{what} {}
    result<void> show(string& out) noexcept override {
        return out.append(trace::option_set(what_.which) ? "1\n" : "0\n");
    }
    result<void> store(std::string_view text) noexcept override {
        const u64 value = TRY(parse_number(text));
        if (value > 1)
            return errc::invalid_argument;
        return change_option(what_.name, value != 0);
    }

private:
    const named_option what_;
};

}  // namespace

result<void> add_trace_options(synthetic_filesystem& fs) noexcept {
    TRY_VOID(fs.top().file("trace_options", {show_options, store_options}));
    auto options = TRY(fs.top().directory("options"));
    for (const auto& o : changeable)
        TRY_VOID(options->add(o.name, TRY(make_ref<option_node>(fs, o))));
    for (const auto& o : fixed)
        TRY_VOID(options->constant(o.name, o.on ? "1" : "0"));
    return ok;
}

result<void> add_trace_knobs(synthetic_filesystem& fs) noexcept {
    auto& top = fs.top();
    const struct {
        std::string_view name;
        text_functions functions;
    } files[] = {
        {"tracing_on", {show_tracing_on, store_tracing_on}},
        {"trace_clock", {show_clock, store_clock}},
        {"current_tracer", {show_tracer, store_tracer}},
        {"saved_cmdlines", {show_names, nullptr}},
        {"printk_formats", {show_formats, nullptr}},
        {"tracing_cpumask", {show_count_of_cpus, nullptr}},
    };
    for (const auto& f : files)
        TRY_VOID(top.file(f.name, f.functions));
    TRY_VOID(top.constant("available_tracers", "nop"));
    return ok;
}

}  // namespace osprey::fs
