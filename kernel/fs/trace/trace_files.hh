// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fs/synthetic/synthetic.hh>

namespace osprey::fs {

/// The parts of tracefs; each adds its files to a directory. Once, when tracefs is made.
result<void> add_trace_knobs(synthetic_filesystem& fs) noexcept;
result<void> add_trace_options(synthetic_filesystem& fs) noexcept;
result<void> add_trace_pipes(synthetic_filesystem& fs) noexcept;
result<void> add_trace_events(synthetic_filesystem& fs) noexcept;
result<void> add_trace_sampler(synthetic_filesystem& fs) noexcept;

/// Appends to a string; `outcome` tells whether all went in.
class string_sink final : public text_sink {
public:
    explicit string_sink(string& to) noexcept : to_{to} {}
    void append(std::string_view text) noexcept override {
        if (outcome)
            outcome = to_.append(text);
    }
    result<void> outcome = ok;

private:
    string& to_;
};

/// A file that is emptied by opening it with O_TRUNC, as the shell's `>` does.
class emptied_node : public text_node {
public:
    using text_node::text_node;
    result<refptr<vfs::file>> open(u32 flags) noexcept override {
        if (flags & vfs::o_trunc)
            TRY_VOID(empty());
        return text_node::open(flags);
    }
    virtual result<void> empty() noexcept = 0;
};

/// A number as tracefs takes it: decimal, blanks around it. @return `errc::invalid_argument`.
result<u64> parse_number(std::string_view text) noexcept;
std::string_view trim(std::string_view text) noexcept;

/// Switches all events on or off that a word of set_event names (`system:event`, globs, `!`).
/// trace_mutex is taken. @return `errc::invalid_argument` if it names none.
result<void> set_events_by_pattern(std::string_view word) noexcept;

}  // namespace osprey::fs
