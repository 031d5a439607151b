// SPDX-License-Identifier: BSD-3-Clause
// Time: which counter tells it, and the calibration. See docs/clocks.md.
#include <arch/clock.hh>
#include <arch/cpu.hh>
#include <arch/local_apic.hh>
#include <arch/machine.hh>
#include <arch/per_cpu.hh>
#include <arch/platform.hh>
#include <arch/reference_clock.hh>
#include <arch/scale.hh>
#include <arch/start.hh>
#include <arch/timer.hh>
#include <base/assert.hh>
#include <base/log.hh>

namespace osprey::arch {
namespace {

enum class source : u8 { none, cycles, hypervisor, reference };

constinit source clock_source = source::none;
constinit clock_parameters parameters{};
constinit u64 cycles_per_second = 0;
constinit u64 timer_ticks_per_second = 0;
constinit bool deadline_timer = false;
constinit reference_clock reference;
constinit scale reference_to_ns, ns_to_ticks, ns_to_cycles;
constinit u64 hypervisor_at_boot = 0, reference_at_boot = 0;

/// Both counters at (nearly) the same moment: the tightest of a few tries.
struct sample {
    u64 cycles = 0, reference = 0;
    u32 timer_left = 0;
};
constinit sample first_sample;

sample look_at_counters() noexcept {
    constexpr unsigned tries = 4;
    sample best;
    u64 tightest = ~u64{0};
    for (unsigned i = 0; i < tries; ++i) {
        const u64 before = cycle_counter();
        const u64 value = reference.read();
        const u64 after = cycle_counter();
        if (after - before < tightest) {
            tightest = after - before;
            best.reference = value;
            best.cycles = before + (after - before) / 2;
        }
    }
    best.timer_left = local_apic::timer_left();
    return best;
}

u64 reference_ns(u64 from, u64 to) noexcept {
    const u64 ticks = (reference.counts_down ? from - to : to - from) & reference.mask;
    return reference_to_ns.apply(ticks);
}

/// @return ns between the two samples
u64 measure() noexcept {
    sample last = look_at_counters();
    while (reference_ns(first_sample.reference, last.reference) < reference.window_ns)
        last = look_at_counters();
    const u64 ns = reference_ns(first_sample.reference, last.reference);
    if (cycles_per_second == 0)
        cycles_per_second = scale::from(1'000'000'000, ns).apply(last.cycles - first_sample.cycles);
    const u64 timer_ticks = first_sample.timer_left - last.timer_left;
    timer_ticks_per_second = scale::from(1'000'000'000, ns).apply(timer_ticks);
    return ns;
}

/// Last resort: against the change of the RTC's seconds. Takes up to two seconds.
void measure_by_rtc() noexcept {
    const i64 start = read_real_time_clock();
    ensure(start != 0, "this machine has no HPET, PM timer, PIT or RTC to measure the clock by");
    log::warning("no HPET, PM timer or PIT: measuring the clock by the RTC");
    while (read_real_time_clock() == start)
        relax();
    const u64 cycles = cycle_counter();
    const u32 timer = local_apic::timer_left();
    while (read_real_time_clock() == start + 1)
        relax();
    cycles_per_second = cycle_counter() - cycles;
    timer_ticks_per_second = timer - local_apic::timer_left();
}

constexpr u32 feature_deadline_timer = 1 << 24;  // CPUID 1 ECX

void choose_source() noexcept {
    // Time starts at kernel entry
    parameters.base_tsc = boot_cycles();
    const scale cycles_to_ns = scale::from(1'000'000'000, cycles_per_second);
    parameters.multiplier = cycles_to_ns.multiplier;
    parameters.shift = cycles_to_ns.shift;
    const u64 since_entry = cycles_to_ns.apply(cycle_counter() - parameters.base_tsc);
    if (const hypervisor_clock* c = platform().clock) {
        hypervisor_at_boot = c->read() - since_entry;
        clock_source = source::hypervisor;
    } else if (cycles_per_second >= 1'000'000) {
        parameters.usable = true;
        clock_source = source::cycles;
    } else if (reference.usable_as_clock) {
        reference_at_boot = reference.read();
        clock_source = source::reference;
    }
}

}  // namespace

void begin_clock_calibration() noexcept {
    local_apic::start_timer(~u32{0});
    reference = find_reference_clock();
    if (!reference.read)
        return;
    reference_to_ns = scale::from(1'000'000'000, reference.frequency);
    first_sample = look_at_counters();
}

void initialize_clock() noexcept {
    const hypervisor_clock* paravirtual = platform().clock;
    if (paravirtual)
        cycles_per_second = paravirtual->cycle_frequency();
    deadline_timer = cpuid(1).ecx & feature_deadline_timer;
    if (cycles_per_second == 0 || !deadline_timer) {
        if (reference.read)
            measure();
        else
            measure_by_rtc();
    }
    local_apic::start_timer(0);
    ns_to_cycles = scale::from(cycles_per_second, 1'000'000'000);
    ns_to_ticks = scale::from(timer_ticks_per_second, 1'000'000'000);
    choose_source();
    initialize_cpu_clock();
    const char* names[] = {"none", "time-stamp counter", paravirtual ? paravirtual->name : "",
                           "HPET"};
    log::info("clock: {}, {} MHz; measured by {}; timer: {}", names[static_cast<u8>(clock_source)],
              cycles_per_second / 1'000'000, reference.name ? reference.name : "RTC",
              deadline_timer ? "TSC deadline" : "local APIC");
}

void initialize_cpu_clock() noexcept {
    if (deadline_timer)
        local_apic::use_deadline_timer();
    if (const hypervisor_clock* c = platform().clock; c && cpu_id() != 0)
        c->enable();
}

instant now() noexcept {
    switch (clock_source) {
        case source::cycles: {
            const u64 cycles = ordered_cycle_counter() - parameters.base_tsc;
            return {scale{parameters.multiplier, parameters.shift}.apply(cycles)};
        }
        case source::hypervisor:
            return {platform().clock->read() - hypervisor_at_boot};
        case source::reference:
            return {reference_to_ns.apply(reference.read() - reference_at_boot)};
        case source::none:
            break;
    }
    return {};
}

const clock_parameters& clock_calibration() noexcept {
    return parameters;
}

u64 cycle_frequency() noexcept {
    return cycles_per_second;
}

namespace {

/// Deadline of this CPU's timer, to tell a timer that fired because its counter is short from one
/// that is due.
OSPREY_PER_CPU(instant, armed_for);
/// When this CPU's next sample is due; all zero at first, when nothing is sampled.
struct sampling {
    u64 period_ns;
    instant next;
};
OSPREY_PER_CPU(sampling, samples);

void arm(instant deadline) noexcept {
    const u64 present = now().ns;
    const u64 wait = deadline.ns > present ? deadline.ns - present : 1;
    if (deadline_timer) {
        write_msr(msr::tsc_deadline, cycle_counter() + ns_to_cycles.apply(wait) + 1);
        return;
    }
    constexpr u64 longest = 0xffff'ffff;
    constexpr u64 longest_ns = u64{1} << 40;  // far more than the counter holds
    const u64 ticks = ns_to_ticks.apply(wait < longest_ns ? wait : longest_ns) + 1;
    local_apic::start_timer(static_cast<u32>(ticks < longest ? ticks : longest));
}

}  // namespace

void set_timer(instant deadline) noexcept {
    armed_for.mine() = deadline;
    if (const sampling& s = samples.mine(); s.period_ns != 0 && s.next < deadline) [[unlikely]]
        deadline = s.next;
    if (deadline != instant::never())
        arm(deadline);
    else if (deadline_timer)
        write_msr(msr::tsc_deadline, 0);
    else
        local_apic::start_timer(0);
}

void run_timer(cpu_mode interrupted) noexcept {
    const instant deadline = armed_for.mine();
    if (sampling& s = samples.mine(); s.period_ns != 0) [[unlikely]] {
        if (const instant present = now(); s.next <= present) {
            take_sample();
            s.next = present + duration{static_cast<i64>(s.period_ns)};
        }
        if (now() < deadline) {
            arm(s.next < deadline ? s.next : deadline);
            return;
        }
    }
    if (deadline == instant::never())
        return;
    if (now() < deadline) {
        arm(deadline);
        return;
    }
    armed_for.mine() = instant::never();
    if (const sampling& s = samples.mine(); s.period_ns != 0) [[unlikely]]
        arm(s.next);
    handle_timer_interrupt(interrupted);
}

void set_sample_period(u64 ns) noexcept {
    call_on_all_cpus(
        [](void* period) {
            sampling& s = samples.mine();
            s.period_ns = *static_cast<u64*>(period);
            s.next = now() + duration{static_cast<i64>(s.period_ns)};
            set_timer(armed_for.mine());
        },
        &ns);
}

}  // namespace osprey::arch
