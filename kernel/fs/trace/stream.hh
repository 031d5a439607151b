// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/heap.hh>
#include <base/vector.hh>
#include <sync/mutex.hh>
#include <trace/layout.hh>
#include <trace/ring.hh>

namespace osprey::fs {

/// Guards everything of trace/ that takes one caller at a time: rings' readers, modes, knobs.
extern sync::mutex trace_mutex;

/// Records of all CPUs, or of one, in the order of their time.
///
/// Context: threads, may sleep; one caller at a time. Takes `trace_mutex`.
class record_stream {
public:
    static constexpr u32 all_cpus = ~u32{0};
    /// @param consumes take records out of the rings, for all readers that do so.
    explicit record_stream(u32 cpu, bool consumes) noexcept : only_{cpu}, consumes_{consumes} {}

    /// Begins again at the oldest record that was not consumed.
    result<void> start() noexcept;
    /// Steps to the next record. False: there is none now. `errc::out_of_memory`.
    result<bool> next() noexcept;

    [[nodiscard]] u32 cpu() const noexcept { return sources_[now_].cpu; }
    [[nodiscard]] u64 time() const noexcept { return walker().time(); }
    [[nodiscard]] std::span<const u8> record() const noexcept {
        return {walker().record(), walker().bytes()};
    }

private:
    struct source {
        u32 cpu = 0;
        bool has_record = false;
        trace::ring_position at;
        unique_ptr<trace::page_image> page;
        trace::page_walker walker;
    };
    [[nodiscard]] const trace::page_walker& walker() const noexcept {
        return sources_[now_].walker;
    }
    void refill(source& s) noexcept;

    const u32 only_;
    const bool consumes_;
    vector<source> sources_;
    usize now_ = 0;
};

/// One line of `trace`, or the few of a call chain.
void write_record(text_sink& to, u32 cpu, u64 time, std::span<const u8> record) noexcept;
/// The newest few of each CPU. Context: crash report.
void write_last_records(text_sink& to) noexcept;
void write_trace_header(text_sink& to) noexcept;

/// Copies the next page of a CPU's records, consuming them. `only_whole`: not the page that is
/// being written. False: there is none.
bool consume_page(u32 cpu, trace::page_image& to, bool only_whole = false) noexcept;
/// Is there anything to consume?
bool has_records(u32 cpu) noexcept;

}  // namespace osprey::fs
