// SPDX-License-Identifier: BSD-3-Clause
// events/: a folder for each system, in it one for each event. They are made up when looked at.
#include <algorithm>
#include <fs/trace/stream.hh>
#include <fs/trace/trace_files.hh>
#include <trace/buffer.hh>
#include <trace/event.hh>

namespace osprey::fs {
namespace {

/// Calls `visit(event, layout)` for each event of a system, or of all if that is empty.
template <typename Visit>
void for_each_event(std::string_view system, Visit&& visit) noexcept {
    trace::layout event;
    for (u32 i = 0; i < trace::event_limit(); ++i)
        if (trace::describe_event(i, event) && (system.empty() || event.system == system))
            if (!visit(i, event))
                return;
}

/// Changes the bits `mask` of the mode. trace_mutex held; `apply_modes` follows.
void change_mode(u32 event, u8 mask, bool on) noexcept {
    const u8 old = trace::mode_of(event);
    trace::set_mode(event, static_cast<u8>(on ? old | mask : old & ~mask));
}

/// "enable" of everything or of a system.
class enable_all_node final : public text_node {
public:
    enable_all_node(synthetic_filesystem& fs, std::string_view system) noexcept
        : text_node{fs, 0640}, system_{system} {}
    result<void> show(string& out) noexcept override {
        bool some = false, all = true;
        for_each_event(system_, [&](u32 event, const trace::layout&) {
            (trace::mode_of(event) & trace::mode_record ? some : all) =
                trace::mode_of(event) & trace::mode_record;
            return true;
        });
        return out.append(!some ? "0\n" : all ? "1\n" : "X\n");
    }
    result<void> store(std::string_view text) noexcept override {
        const u64 on = TRY(parse_number(text));
        if (on > 1)
            return errc::invalid_argument;
        sync::lock_guard guard{trace_mutex};
        if (on)
            TRY_VOID(trace::prepare_buffers());
        for_each_event(system_, [&](u32 event, const trace::layout&) {
            change_mode(event, trace::mode_record, on);
            return true;
        });
        trace::apply_modes();
        return ok;
    }

private:
    std::string_view system_;
};

enum class facet : u8 { enable, filter, format, id, trigger, count };
constexpr std::string_view facet_names[] = {"enable", "filter", "format", "id", "trigger", "count"};

/// No event has a filter; taking filters away is all that can be done. trace-cmd finds events by
/// this file.
result<void> show_filter(string& out) noexcept {
    return out.append("none\n");
}
result<void> store_filter(std::string_view text) noexcept {
    return trim(text) == "0" ? result<void>{ok} : errc::invalid_argument;
}

class event_file final : public text_node {
public:
    event_file(synthetic_filesystem& fs, u32 event, facet what) noexcept
        : text_node{fs, what == facet::format || what == facet::id ? 0440u : 0640u},
          event_{event},
          what_{what} {}

    result<void> show(string& out) noexcept override {
        const u8 mode = trace::mode_of(event_);
        switch (what_) {
            case facet::enable:
                return out.append(mode & trace::mode_record ? "1\n" : "0\n");
            case facet::filter:
                return show_filter(out);
            case facet::format: {
                trace::layout event;
                string_sink to{out};
                if (trace::describe_event(event_, event))
                    trace::write_format(to, event, trace::first_event_id + event_);
                return to.outcome;
            }
            case facet::id:
                return print(out, "{}\n", trace::first_event_id + event_);
            case facet::trigger:
                return out.append(mode & trace::mode_stack
                                      ? "stacktrace:unlimited\n"
                                      : "# Available triggers:\n# stacktrace\n");
            case facet::count:
                if (!(mode & trace::mode_count))
                    return out.append("off\n");
                return print(out, "{}\n", trace::count_of(event_));
        }
        return ok;
    }

    result<void> store(std::string_view text) noexcept override {
        if (what_ == facet::filter)
            return store_filter(text);
        sync::lock_guard guard{trace_mutex};
        if (what_ == facet::trigger) {
            text = trim(text);
            const bool off = text.starts_with('!');
            if (text.substr(off) != "stacktrace")
                return errc::invalid_argument;
            if (!off)
                TRY_VOID(trace::prepare_buffers());
            change_mode(event_, trace::mode_stack, !off);
            trace::apply_modes();
            return ok;
        }
        const u64 on = TRY(parse_number(text));
        if (on > 1)
            return errc::invalid_argument;
        if (what_ == facet::count)
            trace::clear_count(event_);
        else if (on)
            TRY_VOID(trace::prepare_buffers());
        change_mode(event_, what_ == facet::count ? trace::mode_count : trace::mode_record, on);
        trace::apply_modes();
        return ok;
    }

private:
    const u32 event_;
    const facet what_;
};

class event_directory final : public synthetic_node {
public:
    event_directory(synthetic_filesystem& fs, u32 event) noexcept
        : synthetic_node{fs, vfs::node_type::directory, 0750}, event_{event} {}
    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override {
        for (usize i = 0; i < std::size(facet_names); ++i)
            if (name == facet_names[i])
                return refptr<vfs::vnode>{
                    TRY(make_ref<event_file>(fs(), event_, static_cast<facet>(i)))};
        return errc::no_entry;
    }
    result<void> read_directory(u64 cookie, vfs::directory_sink& sink) noexcept override {
        for (; cookie < std::size(facet_names); ++cookie)
            if (!sink.add(facet_names[cookie], inode() + 1 + cookie, vfs::node_type::regular,
                          cookie + 1))
                break;
        return ok;
    }
    [[nodiscard]] bool cacheable() const noexcept override { return false; }

private:
    const u32 event_;
};

/// A system's folder: `enable` and its events. Cookie 1 is `enable`, 2 + n event n.
class system_entries final : public synthetic_directory::dynamic_entries {
public:
    system_entries(synthetic_filesystem& fs, std::string_view system) noexcept
        : fs_{fs}, system_{system} {}
    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override {
        u32 found = trace::event_limit();
        for_each_event(system_, [&](u32 i, const trace::layout& event) {
            if (event.name == name)
                found = i;
            return event.name != name;
        });
        if (found == trace::event_limit())
            return errc::no_entry;
        return refptr<vfs::vnode>{TRY(make_ref<event_directory>(fs_, found))};
    }
    result<void> list(u64 first, vfs::directory_sink& sink) noexcept override {
        for_each_event(system_, [&](u32 i, const trace::layout& event) {
            return i < first ||
                   sink.add(event.name, (u64{1} << 32) + 8 * i, vfs::node_type::directory, i + 1);
        });
        return ok;
    }

private:
    synthetic_filesystem& fs_;
    std::string_view system_;
};

/// ftrace's own records, which have formats but cannot be switched.
constexpr std::string_view own_header =
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n";
constexpr std::string_view callers =
    "\tfield:unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;\n\n"
    "print fmt: \"\\t=> %ps\\n\\t=> %ps\\n\\t=> %ps\\n\" \"\\t=> %ps\\n\\t=> %ps\\n\\t=> %ps\\n\" "
    "\"\\t=> %ps\\n\\t=> %ps\\n\", (void *)REC->caller[0], (void *)REC->caller[1], "
    "(void *)REC->caller[2], (void *)REC->caller[3], (void *)REC->caller[4], "
    "(void *)REC->caller[5], (void *)REC->caller[6], (void *)REC->caller[7]";

result<void> add_own_event(synthetic_directory& system, std::string_view name, u32 id,
                           std::string_view fields) noexcept {
    auto event = TRY(system.directory(name));
    TRY_VOID(event->constant("id", TRY(string::format("{}", id)).view()));
    return event->constant(
        "format",
        TRY(string::format("name: {}\nID: {}\n{}{}", name, id, own_header, fields)).view());
}

result<void> add_own_events(synthetic_directory& events) noexcept {
    auto own = TRY(events.directory("ftrace"));
    TRY_VOID(add_own_event(
        *own, "kernel_stack", trace::kernel_stack_id,
        TRY(string::format("\tfield:int size;\toffset:8;\tsize:4;\tsigned:1;\n{}", callers))
            .view()));
    TRY_VOID(add_own_event(
        *own, "user_stack", trace::user_stack_id,
        TRY(string::format("\tfield:unsigned int tgid;\toffset:8;\tsize:4;\tsigned:0;\n{}",
                           callers))
            .view()));
    return add_own_event(*own, "print", trace::print_id,
                         "\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"
                         "\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n\n"
                         "print fmt: \"%ps: %s\", (void *)REC->ip, REC->buf");
}

result<void> show_events(string& out, u8 mode) noexcept {
    result<void> outcome = ok;
    for_each_event({}, [&](u32 i, const trace::layout& event) {
        if ((trace::mode_of(i) & mode) == mode)
            outcome = print(out, "{}:{}\n", event.system, event.name);
        return outcome.has_value();
    });
    return outcome;
}
result<void> show_available(string& out) noexcept {
    return show_events(out, 0);
}

/// Takes words of set_event from the front.
result<void> store_words(std::string_view text) noexcept {
    while (!(text = trim(text)).empty()) {
        const usize end = std::min(text.find_first_of(" \n\t,"), text.size());
        TRY_VOID(set_events_by_pattern(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return ok;
}

void switch_all_off(u8 mask) noexcept {
    sync::lock_guard guard{trace_mutex};
    for (u32 i = 0; i < trace::event_limit(); ++i)
        change_mode(i, mask, false);
    trace::apply_modes();
}

class set_event_node final : public emptied_node {
public:
    explicit set_event_node(synthetic_filesystem& fs) noexcept : emptied_node{fs, 0640} {}
    result<void> show(string& out) noexcept override {
        return show_events(out, trace::mode_record);
    }
    result<void> store(std::string_view text) noexcept override { return store_words(text); }
    result<void> empty() noexcept override {
        switch_all_off(trace::mode_record);
        return ok;
    }
};

/// Osprey's own: a line for each event that is being counted.
class counts_node final : public emptied_node {
public:
    explicit counts_node(synthetic_filesystem& fs) noexcept : emptied_node{fs, 0640} {}
    result<void> show(string& out) noexcept override {
        result<void> outcome = ok;
        for_each_event({}, [&](u32 i, const trace::layout& event) {
            if (trace::mode_of(i) & trace::mode_count)
                outcome = print(out, "{} {}\n", event.name, trace::count_of(i));
            return outcome.has_value();
        });
        return outcome;
    }
    result<void> store(std::string_view text) noexcept override {
        return TRY(parse_number(text)) == 0 ? empty() : errc::invalid_argument;
    }
    result<void> empty() noexcept override {
        switch_all_off(trace::mode_count);
        return ok;
    }
};

constexpr std::string_view header_page =
    "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
    "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
    "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
    "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;";
static_assert(trace::page_image::capacity == 4080);
constexpr std::string_view header_event =
    "# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n"
    "\tarray       :   32 bits\n\n\tpadding     : type == 29\n\ttime_extend : type == 30\n"
    "\ttime_stamp : type == 31\n\tdata max type_len  == 28";

}  // namespace

result<void> set_events_by_pattern(std::string_view word) noexcept {
    const bool on = !word.starts_with('!');
    word.remove_prefix(!on);
    const usize colon = word.find(':');
    const bool has_system = colon != word.npos;
    const std::string_view system = has_system ? word.substr(0, colon) : "*";
    std::string_view name = has_system ? word.substr(colon + 1) : word;
    if (name.empty())
        name = "*";
    sync::lock_guard guard{trace_mutex};
    if (on)
        TRY_VOID(trace::prepare_buffers());
    bool any = false;
    for_each_event({}, [&](u32 i, const trace::layout& event) {
        // A word alone may also be the name of a system
        if ((trace::matches(system, event.system) && trace::matches(name, event.name)) ||
            (!has_system && word == event.system)) {
            change_mode(i, trace::mode_record, on);
            any = true;
        }
        return true;
    });
    trace::apply_modes();
    return any ? result<void>{ok} : errc::invalid_argument;
}

result<void> add_trace_events(synthetic_filesystem& fs) noexcept {
    auto& top = fs.top();
    TRY_VOID(top.file("available_events", {show_available, nullptr}));
    TRY_VOID(top.add("set_event", TRY(make_ref<set_event_node>(fs))));
    TRY_VOID(top.add("counts", TRY(make_ref<counts_node>(fs))));
    auto events = TRY(top.directory("events"));
    TRY_VOID(events->add("enable", TRY(make_ref<enable_all_node>(fs, std::string_view{}))));
    TRY_VOID(events->constant("header_page", header_page));
    TRY_VOID(events->constant("header_event", header_event));
    TRY_VOID(add_own_events(*events));
    result<void> outcome = ok;
    for_each_event({}, [&](u32, const trace::layout& event) {
        if (events->lookup(event.system))
            return true;
        outcome = [&]() -> result<void> {
            auto system = TRY(events->directory(event.system));
            auto* entries = new (std::nothrow) system_entries(fs, event.system);
            if (!entries)
                return errc::out_of_memory;
            system->set_dynamic(*entries);  // lives as long as tracefs: for good
            TRY_VOID(system->file("filter", {show_filter, store_filter}));
            return system->add("enable", TRY(make_ref<enable_all_node>(fs, event.system)));
        }();
        return outcome.has_value();
    });
    return outcome;
}

}  // namespace osprey::fs
