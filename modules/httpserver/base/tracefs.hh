// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace osprey::rest {

/// The kernel's tracepoints, through tracefs (docs: Linux's Documentation/trace/events.rst; the
/// files `count`, `counts`, `sampler` and `stacks` are Osprey's own). Every call opens its files
/// anew; nothing is kept. Errors are thrown as `api_error`: 501 where the kernel has no tracefs or
/// not this file of it.
class tracefs {
public:
    /// `folder`: where it is; empty: where the system has it.
    explicit tracefs(const std::string& folder);

    struct event {
        std::string system;
        std::string name;  ///< without its system
    };
    struct state {
        bool enabled = false;
        bool backtrace = false;
    };
    struct counter {
        std::string name;
        uint64_t total = 0;
    };
    struct stack {
        uint64_t count = 0;
        int64_t pid = 0, tid = 0;
        std::string thread;
        std::vector<std::string> frames;  ///< outermost first
    };

    /// All events, by name.
    [[nodiscard]] std::vector<event> events() const;
    /// The event of this name, or of "system:name".
    [[nodiscard]] std::optional<event> find(const std::string& name) const;
    [[nodiscard]] state read(const event& e) const;
    void enable(const event& e, bool on) const;
    void set_backtrace(const event& e, bool on) const;

    void count(const event& e, bool on) const;
    [[nodiscard]] std::vector<counter> counters() const;
    void stop_counters() const;

    void set_sampler(uint64_t per_second) const;
    [[nodiscard]] std::vector<stack> stacks() const;
    void clear_stacks() const;

    [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
    /// The text of a file of it.
    [[nodiscard]] std::string text(const std::string& name) const;

    /// A line of `stacks`; nothing if it is none. For tests.
    [[nodiscard]] static std::optional<stack> parse_stack(std::string_view line);

private:
    [[nodiscard]] std::string file_of(const event& e, const char* file) const;
    void put(const std::string& path, std::string_view text) const;
    void truncate(const std::string& name) const;

    std::string folder_;
};

}  // namespace osprey::rest
