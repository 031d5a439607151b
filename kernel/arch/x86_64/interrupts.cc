// SPDX-License-Identifier: BSD-3-Clause
#include <arch/call_chain.hh>
#include <arch/calls.hh>
#include <arch/clock.hh>
#include <arch/cpu.hh>
#include <arch/interrupts.hh>
#include <arch/io_apic.hh>
#include <arch/local_apic.hh>
#include <arch/per_cpu.hh>
#include <arch/start.hh>
#include <arch/timer.hh>
#include <arch/traps.hh>
#include <arch/vectors.hh>
#include <atomic>
#include <base/log.hh>
#include <trace/tracepoint.hh>

namespace osprey::arch {
namespace {

TRACEPOINT_AS(irq, irq_handler_entry, "irq=%d name=%s", i32 irq, std::string_view name);
TRACEPOINT_AS(irq, irq_handler_exit, "irq=%d ret=%H", i32 irq, i32 ret);

/// A vector of one CPU. Free: no handler. Claimed by compare-exchange; the context is in place
/// before the handler is.
struct slot {
    std::atomic<interrupt_handler> handler{nullptr};
    void* context = nullptr;
    const char* name = nullptr;
};
struct vector_table {
    slot slots[vectors::device_count];
};
OSPREY_PER_CPU(vector_table, table);

/// How often each vector came, for /proc/interrupts.
struct vector_counts {
    u64 of[256];
};
OSPREY_PER_CPU(vector_counts, counts);

/// Of the interrupt that is being handled: they do not nest.
OSPREY_PER_CPU(const register_frame*, interrupted);

/// Holds the place between claim and publication; also what a late interrupt of an unbound vector
/// runs.
void no_handler(void*) noexcept {}

/// Devices that share one wired interrupt.
struct shared_line {
    struct member {
        std::atomic<interrupt_handler> handler{nullptr};
        void* context = nullptr;
    };
    std::atomic<bool> taken{false};
    std::atomic<bool> routed{false};
    u32 gsi = 0;
    trigger mode{};
    member members[8];
};
constinit shared_line lines[32];

void run_line(void* context) noexcept {
    for (auto& m : static_cast<shared_line*>(context)->members) {
        const auto handler = m.handler.load(std::memory_order_acquire);
        if (!handler)
            return;
        handler(m.context);
    }
}

result<u32> claim_vector(u32 cpu, interrupt_handler handler, void* context,
                         const char* name) noexcept {
    auto& slots = table.of(cpu).slots;
    for (u32 i = 0; i < vectors::device_count; ++i) {
        interrupt_handler expected = nullptr;
        if (!slots[i].handler.compare_exchange_strong(expected, no_handler))
            continue;
        slots[i].context = context;
        slots[i].name = name;
        slots[i].handler.store(handler, std::memory_order_release);
        return vectors::first_device + i;
    }
    return errc::no_space;
}

void run_handler(u64 vector, cpu_mode interrupted) noexcept {
    switch (vector) {
        case vectors::timer:
            run_timer(interrupted);
            return;
        case vectors::reschedule:
            handle_reschedule_interrupt();
            return;
        case vectors::call:
            run_pending_calls();
            return;
        case vectors::apic_error:
            log::warning("local APIC reports an error");
            return;
        default:
            break;
    }
    const u64 index = vector - vectors::first_device;
    if (index < vectors::device_count) {
        slot& s = table.mine().slots[index];
        if (const auto handler = s.handler.load(std::memory_order_acquire)) {
            TRACE(irq_handler_entry, static_cast<i32>(vector), s.name ? s.name : "");
            handler(s.context);
            TRACE(irq_handler_exit, static_cast<i32>(vector), 1);
            return;
        }
    }
    log::warning("interrupt on vector {:#x}, which nobody handles", vector);
}

}  // namespace

const register_frame* interrupted_frame() noexcept {
    return interrupted.mine();
}

void initialize_interrupt_controllers() noexcept {
    local_apic::initialize();
    cpu(0).interrupt_controller_id = local_apic::id();
    io_apic::initialize();
}

void handle_interrupt(register_frame& frame) noexcept {
    ++counts.mine().of[frame.vector];
    if (frame.vector == vectors::spurious)
        return;  // needs no end-of-interrupt
    cpu_block& cpu = this_cpu();
    // Handlers may use preempt_guard: it must not reschedule in here
    ++cpu.preempt_count;
    ++cpu.interrupt_depth;
    interrupted.mine() = &frame;
    run_handler(frame.vector, frame.from_application() ? cpu_mode::application : cpu_mode::kernel);
    local_apic::end_of_interrupt();
    --cpu.interrupt_depth;
    --cpu.preempt_count;
}

result<interrupt_binding> bind_interrupt(u32 cpu_number, interrupt_handler handler, void* context,
                                         const char* name) noexcept {
    u32 target = cpu(cpu_number).interrupt_controller_id;
    if (target > 255) {  // needs interrupt remapping: leave it to a CPU that can be reached
        cpu_number = 0;
        target = cpu(0).interrupt_controller_id;
    }
    const u32 vector = TRY(claim_vector(cpu_number, handler, context, name));
    return interrupt_binding{vector, cpu_number, {0xfee0'0000u | target << 12, vector}};
}

void unbind_interrupt(const interrupt_binding& binding) noexcept {
    slot& s = table.of(binding.cpu).slots[binding.vector - vectors::first_device];
    s.handler.store(no_handler, std::memory_order_release);
    // When this has run there, no handler of before is still running
    call_on_cpu(
        binding.cpu, [](void*) {}, nullptr);
    s.context = nullptr;
    s.handler.store(nullptr, std::memory_order_release);
}

u64 interrupts_of(u32 cpu_number) noexcept {
    u64 sum = 0;
    for (const u64& count : counts.of(cpu_number).of)
        sum += __atomic_load_n(&count, __ATOMIC_RELAXED);
    return sum;
}

u64 interrupts_of(const interrupt_source& source, u32 cpu_number) noexcept {
    if (source.device && source.cpu != cpu_number)
        return 0;
    return __atomic_load_n(&counts.of(cpu_number).of[source.vector], __ATOMIC_RELAXED);
}

void for_each_interrupt(bool (*visit)(const interrupt_source&, void*), void* context) noexcept {
    for (u32 c = 0; c < cpu_count(); ++c)
        for (u32 i = 0; i < vectors::device_count; ++i) {
            const slot& s = table.of(c).slots[i];
            const auto handler = s.handler.load(std::memory_order_acquire);
            if (!handler || handler == no_handler)
                continue;
            if (!visit({.vector = vectors::first_device + i,
                        .cpu = c,
                        .device = true,
                        .label = {},
                        .name = s.name ? s.name : "",
                        .controller = handler == run_line ? "IO-APIC" : "PCI-MSI"},
                       context))
                return;
        }
    // What Linux calls these
    static constexpr struct {
        u32 vector;
        const char *label, *name;
    } own[] = {{vectors::spurious, "SPU", "Spurious interrupts"},
               {vectors::timer, "LOC", "Local timer interrupts"},
               {vectors::reschedule, "RES", "Rescheduling interrupts"},
               {vectors::call, "CAL", "Function call interrupts"},
               {vectors::apic_error, "ERR", ""}};
    for (const auto& o : own)
        if (!visit({.vector = o.vector,
                    .cpu = 0,
                    .device = false,
                    .label = o.label,
                    .name = o.name,
                    .controller = ""},
                   context))
            return;
}

result<void> bind_gsi(u32 gsi, trigger mode, interrupt_handler handler, void* context,
                      const char* name) noexcept {
    shared_line* line = nullptr;
    for (auto& candidate : lines) {
        if (candidate.routed.load(std::memory_order_acquire) && candidate.gsi == gsi) {
            if (candidate.mode != mode)
                return errc::busy;
            line = &candidate;
            break;
        }
        if (!candidate.taken.exchange(true)) {
            line = &candidate;
            line->gsi = gsi;
            line->mode = mode;
            break;
        }
    }
    if (!line)
        return errc::no_space;
    bool added = false;
    for (auto& m : line->members) {
        interrupt_handler expected = nullptr;
        if (!m.handler.compare_exchange_strong(expected, no_handler))
            continue;
        m.context = context;
        m.handler.store(handler, std::memory_order_release);
        added = true;
        break;
    }
    if (!added)
        return errc::no_space;
    if (line->routed.load(std::memory_order_acquire))
        return ok;
    const u32 vector = TRY(claim_vector(0, run_line, line, name));
    TRY_VOID(io_apic::route(gsi, static_cast<u8>(vector), cpu(0).interrupt_controller_id, mode));
    line->routed.store(true, std::memory_order_release);
    return ok;
}

}  // namespace osprey::arch
