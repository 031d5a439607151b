// SPDX-License-Identifier: BSD-3-Clause
// Start of the other CPUs.
#include <arch/clock.hh>
#include <arch/context.hh>
#include <arch/descriptors.hh>
#include <arch/early_map.hh>
#include <arch/fpu.hh>
#include <arch/local_apic.hh>
#include <arch/machine.hh>
#include <arch/paging.hh>
#include <arch/per_cpu.hh>
#include <arch/platform.hh>
#include <arch/start.hh>
#include <arch/timer.hh>
#include <arch/vectors.hh>
#include <atomic>
#include <base/assert.hh>
#include <base/heap.hh>
#include <base/log.hh>
#include <cstring>

namespace osprey::arch {
namespace {

/// What a CPU finds when it starts; layout known to trampoline.S.
struct secondary_slot {
    u32 apic_id = 0;
    u32 reserved = 0;
    u64 stack_top = 0;
    cpu_area* area = nullptr;
    std::atomic<u32> running{0};
};
static_assert(sizeof(secondary_slot) == 32);

extern "C" {
secondary_slot* secondary_slots = nullptr;
u32 secondary_slot_count = 0;
extern char trampoline_start[], trampoline_end[], trampoline_root[], trampoline_cr4[],
    trampoline_far_target[], trampoline_table[], trampoline_long_mode[];
}

/// Whose turn it is to become a thread: the scheduler allocates for that, and a CPU that has no
/// thread yet could not wait for a mutex.
constinit std::atomic<u32> turn{1};

constexpr duration longest_start = duration::seconds(5);

constinit cpu_start_plan plan{};

/// Copies the trampoline to its page and fills in what depends on the place. @return the page.
u8 place_trampoline() noexcept {
    const u64 base = raw(plan.trampoline);
    char* copy = direct<char>(physical_address{base});
    std::memcpy(copy, trampoline_start, static_cast<usize>(trampoline_end - trampoline_start));
    auto store = [copy](const char* where, u64 value) {
        const u32 narrow = static_cast<u32>(value);
        std::memcpy(copy + (where - trampoline_start), &narrow, sizeof narrow);
    };
    const u64 descriptors = static_cast<u64>(trampoline_table - trampoline_start) - 24 + base;
    store(trampoline_root, read_cr3());
    store(trampoline_cr4, read_cr4());
    store(trampoline_far_target, base + static_cast<u64>(trampoline_long_mode - trampoline_start));
    store(trampoline_table + 2, descriptors);
    return static_cast<u8>(base >> page_shift);
}

/// Private area, per-CPU variables and boot stack of a CPU. @return false: out of memory.
bool prepare(secondary_slot& slot, u32 apic_id, u32 number) noexcept {
    const usize variables = static_cast<usize>(percpu_template_end - percpu_template_start);
    auto memory = plan.allocate(sizeof(cpu_area) + variables);
    auto stack = plan.allocate_stack(kernel_stack_bytes);
    if (!memory || !stack)
        return false;
    char* place = direct<char>(*memory);
    slot.area = new (place) cpu_area{};
    char* copy = place + sizeof(cpu_area);
    std::memcpy(copy, percpu_template_start, variables);
    slot.apic_id = apic_id;
    slot.stack_top = *stack + kernel_stack_bytes;
    cpu_block& block = slot.area->block;
    block.self = &block;
    block.id = number;
    block.interrupt_controller_id = apic_id;
    block.kernel_stack_top = slot.stack_top;
    block.percpu_base = reinterpret_cast<u64>(copy) - reinterpret_cast<u64>(percpu_template_start);
    return true;
}

void wait_for(duration time) noexcept {
    const instant end = now() + time;
    while (now() < end)
        relax();
}

/// INIT, then two start-ups: Intel SDM vol. 3A §9.4.4.1, whose delays are for hardware of 1995.
void wake(std::span<secondary_slot> slots, u8 page) noexcept {
    for (auto& slot : slots)
        local_apic::send_init(slot.apic_id);
    wait_for(duration::microseconds(10));
    for (auto& slot : slots)
        local_apic::send_startup(slot.apic_id, page);
    wait_for(duration::microseconds(200));
    for (auto& slot : slots)
        if (!slot.running.load(std::memory_order_acquire))
            local_apic::send_startup(slot.apic_id, page);
}

}  // namespace

/// From trampoline.S, on the CPU's own boot stack: interrupts off, nothing else set up.
extern "C" [[noreturn]] void start_secondary_cpu(secondary_slot* slot) noexcept {
    load_cpu(*slot->area);
    initialize_fpu();
    local_apic::enable();
    initialize_cpu_clock();
    const u32 self = cpu_id(), next = self + 1;
    while (turn.load(std::memory_order_acquire) != self)
        enable_interrupts_and_halt();
    plan.enter_scheduler();
    turn.store(next, std::memory_order_seq_cst);
    if (next < cpu_count())  // wakes it if it halts already
        local_apic::send(cpu(next).interrupt_controller_id, vectors::call);
    slot->running.store(1, std::memory_order_release);
    plan.run_idle();
    halt_forever();
}

void start_other_cpus(const cpu_start_plan& how) noexcept {
    plan = how;
    const auto ids = platform().processors;
    const u32 self = cpu(0).interrupt_controller_id;
    u32 count = 1;
    for (u32 id : ids)
        count += id != self && count < plan.most;
    if (count == 1)
        return;
    if (raw(plan.trampoline) == 0) {
        log::error("smp: no memory below 640 KB, other CPUs stay off");
        return;
    }

    // Both stay for the life of the system
    auto** blocks = static_cast<cpu_block**>(allocate(count * sizeof(cpu_block*)));
    auto* slots = static_cast<secondary_slot*>(allocate(count * sizeof(secondary_slot)));
    ensure(blocks && slots, "no memory to start other CPUs");
    blocks[0] = &cpu(0);
    u32 prepared = 1;
    for (u32 id : ids) {
        if (id == self || prepared == count)
            continue;
        auto* slot = new (slots + prepared - 1) secondary_slot;
        if (!prepare(*slot, id, prepared)) {
            log::error("smp: memory for {} of {} CPUs only", prepared, count);
            break;
        }
        blocks[prepared++] = &slot->area->block;
    }
    secondary_slots = slots;
    secondary_slot_count = prepared - 1;
    publish_cpus(blocks, prepared);

    show_identity_map(true);
    const std::span<secondary_slot> all{slots, prepared - 1};
    wake(all, place_trampoline());
    for (auto& slot : all) {
        const instant give_up = now() + longest_start;
        while (!slot.running.load(std::memory_order_acquire)) {
            ensure(now() < give_up, "a CPU that ACPI lists does not start");
            relax();
        }
    }
    show_identity_map(false);
    call_on_all_cpus([](void*) { flush_global(); }, nullptr);
    log::info("smp: {} CPUs", prepared);
}

}  // namespace osprey::arch
