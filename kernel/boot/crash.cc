// SPDX-License-Identifier: BSD-3-Clause
#include <arch/backtrace.hh>
#include <arch/cpu.hh>
#include <arch/interrupts.hh>
#include <atomic>
#include <base/assert.hh>
#include <base/log_ring.hh>
#include <boot/crash.hh>
#include <boot/power.hh>
#include <drivers/console/uart16550.hh>

namespace osprey::boot {
namespace {

constexpr u32 nobody = ~u32{0};
constinit std::atomic<u32> crashing_cpu{nobody};
constinit crash_reporter reporters[8] = {};
constinit usize reporter_count = 0;

class console_text final : public text_sink {
public:
    void append(std::string_view text) noexcept override { drivers::write_early_console(text); }
};

void show_last_log_lines(text_sink& out) noexcept {
    constexpr u64 shown = 16;
    log::record line;
    u64 first = 0, last = 0;
    if (log::read(log::oldest(), line))
        first = line.number;
    for (u64 at = log::oldest(); log::read(at, line); at = line.next)
        last = line.number;
    const u64 from = last > first + shown ? last - shown : first;
    out.append("last log lines:\n");
    for (u64 at = log::oldest(); log::read(at, line); at = line.next)
        if (line.number >= from)
            format_to(out, "  [{:5}.{:06}] {}\n", line.ns / 1'000'000'000,
                      line.ns / 1'000 % 1'000'000, line.text.view());
}

}  // namespace

void add_crash_reporter(crash_reporter reporter) noexcept {
    ensure(reporter_count < std::size(reporters), "too many crash reporters");
    reporters[reporter_count++] = reporter;
}

void crash(std::string_view message, const arch::register_frame* frame) noexcept {
    arch::disable_interrupts();
    console_text out;
    u32 first = nobody;
    if (!crashing_cpu.compare_exchange_strong(first, arch::cpu_id())) {
        if (first != arch::cpu_id())
            arch::halt_forever();  // the other CPU reports
        format_to(out, "\nkernel panic during a kernel panic: {}\n", message);
        exit_with(crash_exit_value);
    }
    arch::stop_other_cpus();
    log::force_console();
    format_to(out, "\nkernel panic on CPU {}: {}\n", arch::cpu_id(), message);
    if (frame)
        arch::print_registers(out, *frame);
    arch::print_backtrace(out, frame);
    for (usize i = 0; i < reporter_count; ++i)
        reporters[i](out);
    show_last_log_lines(out);
    exit_with(crash_exit_value);
}

}  // namespace osprey::boot

void osprey::arch::handle_fatal_trap(const register_frame& frame, std::string_view what) noexcept {
    boot::crash(what, &frame);
}

namespace osprey {

void panic(const char* message, std::source_location where) noexcept {
    fixed_text<300> text;
    format_to(text, "{} ({}:{})", message, where.file_name(), where.line());
    boot::crash(text.view(), nullptr);
}

}  // namespace osprey
