// SPDX-License-Identifier: BSD-3-Clause
#include <base/error.hh>
#include <base/expression.hh>
#include <base/tracefs.hh>
#include <http/routes.hh>
#include <http/settings.hh>

#include <ctime>

#include "trace_dump.hh"

namespace osprey::rest {

namespace {

constexpr uint64_t most_samples = 100'000;

int64_t milliseconds_since_boot() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

json describe(const tracefs::event& e, const tracefs::state& now) {
    return {
        {"name", e.name}, {"id", e.name}, {"enabled", now.enabled}, {"backtrace", now.backtrace}};
}

/// Enables or disables, and sets backtraces if they are spoken of. @return the state before.
json change(const call& c, const tracefs& trace, const tracefs::event& e) {
    json before = describe(e, trace.read(e));
    if (c.find("backtrace")) {
        trace.set_backtrace(e, c.flag("backtrace"));
    }
    trace.enable(e, c.flag("enabled"));
    return before;
}

template <typename Work>
json for_matching(const call& c, Work&& work) {
    const tracefs trace{c.site.trace_folder};
    const std::string text = c.text("match");
    const expression wanted{text.empty() ? ".*" : text};
    json list = json::array();
    for (const tracefs::event& e : trace.events()) {
        if (wanted.matches(e.name)) {
            list.push_back(work(trace, e));
        }
    }
    return list;
}

reply get_status(call& c) {
    return for_matching(c, [](const tracefs& trace, const tracefs::event& e) {
        return describe(e, trace.read(e));
    });
}

reply set_status(call& c) {
    return for_matching(
        c, [&](const tracefs& trace, const tracefs::event& e) { return change(c, trace, e); });
}

tracefs::event find_event(const call& c, const tracefs& trace, int status) {
    const auto e = trace.find(c.text("eventid"));
    if (!e) {
        throw api_error{status, "Unknown tracepoint name"};
    }
    return *e;
}

reply get_event(call& c) {
    const tracefs trace{c.site.trace_folder};
    const auto e = find_event(c, trace, 404);
    return describe(e, trace.read(e));
}

reply set_event(call& c) {
    const tracefs trace{c.site.trace_folder};
    return change(c, trace, find_event(c, trace, 404));
}

reply set_count(call& c) {
    const tracefs trace{c.site.trace_folder};
    trace.count(find_event(c, trace, 400), c.flag("enabled"));
    return nothing();
}

reply get_counts(call& c) {
    const tracefs trace{c.site.trace_folder};
    json answer = json::object();
    for (const tracefs::counter& one : trace.counters()) {
        answer["list"].push_back({{"name", one.name}, {"count", one.total}});
    }
    answer["time_ms"] = milliseconds_since_boot();
    return answer;
}

reply drop_counts(call& c) {
    tracefs{c.site.trace_folder}.stop_counters();
    return nothing();
}

reply set_sampler(call& c) {
    const uint64_t rate = *c.number("freq");
    if (rate > most_samples) {
        throw api_error{400, "The frequency is above 100000"};
    }
    tracefs{c.site.trace_folder}.set_sampler(rate);
    return json(rate > 0 ? "Sampler started successfully" : "Sampler stopped successfully");
}

reply get_stacks(call& c) {
    json list = json::array();
    for (const tracefs::stack& one : tracefs{c.site.trace_folder}.stacks()) {
        list.push_back({{"count", one.count},
                        {"pid", one.pid},
                        {"tid", one.tid},
                        {"thread", one.thread},
                        {"frames", one.frames}});
    }
    return json{{"time_ms", milliseconds_since_boot()}, {"stacks", std::move(list)}};
}

reply clear_stacks(call& c) {
    tracefs{c.site.trace_folder}.clear_stacks();
    return nothing();
}

}  // namespace

api trace_api() {
    const parameter id{"eventid", "Name of the tracepoint", true, "string", parameter::kind::path};
    const parameter match{"match", "POSIX basic regular expression; all if there is none"};
    const parameter enabled{"enabled", "Whether it shall record", true, "boolean"};
    const parameter backtrace{"backtrace", "Whether it shall record backtraces, too", false,
                              "boolean"};
    return {
        "trace",
        "Trace API",
        {
            {"GET",
             "/trace/status",
             "status",
             "Tracepoints and what they do",
             "[TraceEventInfo]",
             get_status,
             {match}},
            {"POST",
             "/trace/status",
             "setStatus",
             "Enable or disable tracepoints; what they did before",
             "[TraceEventInfo]",
             set_status,
             {match, enabled, backtrace}},
            {"GET",
             "/trace/event/{eventid}",
             "getEvent",
             "One tracepoint",
             "TraceEventInfo",
             get_event,
             {id}},
            {"POST",
             "/trace/event/{eventid}",
             "setEvent",
             "Enable or disable one tracepoint; what it did before",
             "TraceEventInfo",
             set_event,
             {id, enabled, backtrace}},
            {"POST",
             "/trace/count/{eventid}",
             "setCountEvent",
             "Count how often a tracepoint is passed, from 0",
             "void",
             set_count,
             {id, enabled}},
            {"GET", "/trace/count", "getCounts", "Counts; no list if nothing is counted",
             "TraceCounts", get_counts},
            {"DELETE", "/trace/count", "deleteCounts", "Stop counting", "void", drop_counts},
            {"POST",
             "/trace/sampler",
             "sampler",
             "Note what every CPU runs, so many times a second; 0 stops",
             "string",
             set_sampler,
             {{"freq", "Times a second, up to 100000", true, "integer"}}},
            {"GET", "/trace/stacks", "getStacks", "What the sampler saw, summed up by call chain",
             "TraceStacks", get_stacks},
            {"DELETE", "/trace/stacks", "clearStacks", "Forget what the sampler saw", "void",
             clear_stacks},
            {"GET", "/trace/buffers", "getTraceBuffers",
             "Take what was recorded, as a trace.dat file (trace-cmd, KernelShark, Perfetto)",
             "binary", get_trace_buffers},
        },
        {{"TraceEventInfo",
          {{"name", "string", "Name"},
           {"id", "string", "The same"},
           {"enabled", "boolean", "Whether it records"},
           {"backtrace", "boolean", "Whether it records backtraces"}}},
         {"TraceCount", {{"name", "string", "Tracepoint"}, {"count", "integer", "Passes"}}},
         {"TraceCounts",
          {{"list", "[TraceCount]", "Counts"}, {"time_ms", "integer", "Milliseconds since boot"}}},
         {"TraceStack",
          {{"count", "integer", "Samples"},
           {"pid", "integer", "Process"},
           {"tid", "integer", "Thread"},
           {"thread", "string", "Its name"},
           {"frames", "[string]", "Functions, the outermost first"}}},
         {"TraceStacks",
          {{"time_ms", "integer", "Milliseconds since boot"},
           {"stacks", "[TraceStack]", "Call chains"}}}},
    };
}

}  // namespace osprey::rest
