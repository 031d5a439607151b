// SPDX-License-Identifier: BSD-3-Clause
#include <arch/context.hh>
#include <array>
#include <atomic>
#include <base/log.hh>
#include <bit>
#include <linux/description.hh>
#include <linux/report.hh>

namespace osprey::abi {
namespace {

// A bit for each (call, flag) that was reported. Numbers beyond the table share the last word.
constinit std::array<std::atomic<u64>, call_limit + 1> reported_flags{};
constinit std::array<std::atomic<u64>, call_limit + 1> reported_values{};
constinit std::array<std::atomic<u64>, call_limit + 1> reported_topics{};
constinit std::array<std::atomic<bool>, call_limit + 1> reported_calls{};

u64 running_call() noexcept {
    return arch::application_frame().syscall_number();
}
usize slot(u64 number) noexcept {
    return number < call_limit ? number : call_limit;
}
std::string_view call_name(u64 number) noexcept {
    const call* c = describe(number);
    return c ? c->name : std::string_view{"unknown call"};
}

}  // namespace

void report_missing_call(u64 number) noexcept {
    if (reported_calls[slot(number)].exchange(true, std::memory_order_relaxed))
        return;
    log::warning("linux: {} (system call {}) is not implemented: ENOSYS", call_name(number),
                 number);
}

void report_flags(u64 bits, errc refusal) noexcept {
    const u64 number = running_call();
    const u64 before = reported_flags[slot(number)].fetch_or(bits, std::memory_order_relaxed);
    for (u64 fresh = bits & ~before; fresh; fresh &= fresh - 1)
        log::warning("linux: {}: flag {:#x} is not supported: {}", call_name(number),
                     u64{1} << std::countr_zero(fresh), name_of(refusal));
}

void report_value(u64 value, errc refusal) noexcept {
    const u64 number = running_call();
    // Requests and options are spread over 32 bits: fold them onto the 64 bits that there are.
    const u64 folded = (value * 0x9e37'79b9'7f4a'7c15) >> 58;
    const u64 bit = u64{1} << (value < 48 ? value : folded);
    if (reported_values[slot(number)].fetch_or(bit, std::memory_order_relaxed) & bit)
        return;
    log::warning("linux: {}: value {:#x} is not supported: {}", call_name(number), value,
                 name_of(refusal));
}

void report_unsupported(unsigned topic, std::string_view what, errc refusal) noexcept {
    const u64 number = running_call();
    const u64 bit = u64{1} << topic % 64;
    if (reported_topics[slot(number)].fetch_or(bit, std::memory_order_relaxed) & bit)
        return;
    log::warning("linux: {}: {} is not supported: {}", call_name(number), what, name_of(refusal));
}

}  // namespace osprey::abi
