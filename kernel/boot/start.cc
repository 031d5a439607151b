// SPDX-License-Identifier: BSD-3-Clause
// The start order of the kernel: the one place that knows what comes before what.
#include <arch/clock.hh>
#include <arch/early_map.hh>
#include <arch/start.hh>
#include <base/assert.hh>
#include <base/cpu_mask.hh>
#include <base/log_ring.hh>
#include <boot/boot_info.hh>
#include <boot/command_line.hh>
#include <boot/crash.hh>
#include <boot/entropy.hh>
#include <boot/log_thread.hh>
#include <boot/network.hh>
#include <boot/network_configuration.hh>
#include <boot/platform.hh>
#include <boot/power.hh>
#include <boot/self_test.hh>
#include <drivers/console/character_port.hh>
#include <drivers/console/uart16550.hh>
#include <drivers/start.hh>
#include <fs/erofs/erofs.hh>
#include <fs/proc/proc.hh>
#include <fs/root.hh>
#include <hypervisor/detect.hh>
#include <linux/initialize.hh>
#include <memory/frame.hh>
#include <memory/initialize.hh>
#include <memory/kernel_map.hh>
#include <net/start.hh>
#include <process/crash_report.hh>
#include <process/init.hh>
#include <process/task.hh>
#include <process/tracing.hh>
#include <sched/scheduler.hh>

namespace osprey::boot {
namespace {

/// What runs once threads exist.
[[noreturn]] void start_system() noexcept {
    const bool services = sched::start_services().has_value() && start_log_thread().has_value();
    ensure(services, "no memory for the kernel's threads");
    proc::watch_for_crashes();
    memory::initialize_late();
    seed_random_pool();
    const auto line = parse_command_line(info().command_line);
    if (line && line->has("selftest"))
        run_self_test(line->value("selftest"));
    const bool network = net::start().has_value();
    ensure(network, "no memory for the network stack");
    drivers::start_devices(info().command_line);
    if (!drivers::find_console_port())
        drivers::start_serial_port();
    if (line) {
        configure_network(*line);
        start_network_configuration(*line);
    }
    fs::set_proc_command_line(info().command_line);
    fs::register_filesystems();
    fs::erofs::register_type();
    abi::initialize();
    proc::initialize_tracing();
    abi::fill_call_table(line && line->has("strace"));
    proc::set_call_tracing(abi::trace_calls, abi::end_tracing);
    proc::run_programs(info().command_line);
}

void start_other_cpus() noexcept {
    arch::cpu_start_plan plan;
    plan.most = cpu_mask::capacity;
    plan.trampoline = trampoline_page();
    plan.allocate = [](usize bytes) noexcept {
        return memory::allocate_contiguous(bytes);
    };
    plan.allocate_stack = memory::allocate_kernel_stack;
    plan.enter_scheduler = sched::initialize_cpu;
    plan.run_idle = sched::run_idle;
    arch::start_other_cpus(plan);
    if (raw(plan.trampoline) != 0)
        memory::give_back(plan.trampoline, page_size);
}

void log_memory_map() noexcept {
    for (const auto& range : info().memory_map)
        log::debug("memory {:#014x} + {:#012x} kind {}", range.start, range.bytes,
                   static_cast<u32>(range.kind));
}

/// With less the kernel's own image, its tables and the page cache leave nothing for a program; and
/// what does not even hold the image fails in strange ways.
void refuse_tiny_machine() noexcept {
    constexpr u64 least = 3u << 20;  // what firmware leaves of 4 MiB, and more than of 3
    u64 usable = 0;
    for (const auto& range : info().memory_map)
        usable += range.kind == memory_kind::usable ? range.bytes : 0;
    if (usable >= least)
        return;
    fixed_text<80> text;
    format_to(text, "too little memory: {} KiB are usable, 4 MiB is the least", usable >> 10);
    crash(text.view(), nullptr);
}

}  // namespace

/// Called by the entry code on the boot stack: interrupts off, early page tables.
extern "C" [[noreturn]] void start_kernel(u32 start_info) noexcept {
    arch::initialize_boot_cpu();
    arch::map_kernel_image();
    drivers::initialize_early_console();
    read_pvh_start_info(start_info);
    if (info().command_line.find("--verbose") != std::string_view::npos)
        log::set_console_level(log::level::debug);
    log::notice("Osprey {}", "0.1.0");
    if (const char* lacking = arch::missing_cpu_feature()) {
        fixed_text<80> text;
        format_to(text, "this CPU is too old: it has no {}", lacking);
        crash(text.view(), nullptr);
    }
    log_memory_map();
    refuse_tiny_machine();

    describe_platform();
    arch::initialize_interrupt_controllers();
    arch::begin_clock_calibration();
    memory::initialize(early_memory());
    arch::initialize_clock();
    log::set_time_source([]() noexcept -> u64 { return arch::now().ns; });
    sched::initialize_cpu();
    drivers::find_devices();
    arch::enable_interrupts();
    start_other_cpus();
    log::notice("{} CPUs on {}", arch::cpu_count(), hypervisor::name());

    start_system();
}

}  // namespace osprey::boot
