// SPDX-License-Identifier: BSD-3-Clause
#include <arch/call_chain.hh>
#include <arch/clock.hh>
#include <arch/cpu.hh>
#include <arch/per_cpu.hh>
#include <arch/trace_site.hh>
#include <atomic>
#include <base/heap.hh>
#include <cstring>
#include <trace/buffer.hh>
#include <trace/current.hh>
#include <trace/event.hh>
#include <trace/sampler.hh>

namespace osprey::trace {
namespace {

TRACEPOINT(sampler, sampler_tick, address ip);

constexpr usize deepest = 40;  // frames of a stack, kernel and program together

/// Written by its CPU only, interrupts off. A count that is not zero says that the rest is there.
struct stack_entry {
    std::atomic<u64> count{0};
    u64 hash = 0;
    u32 process = 0, thread = 0;
    char name[16] = {};
    u16 kernel = 0, total = 0;
    u64 frames[deepest];

    [[nodiscard]] bool same(const stack_entry& other) const noexcept {
        return hash == other.hash && process == other.process && thread == other.thread &&
               kernel == other.kernel && total == other.total &&
               std::memcmp(frames, other.frames, total * sizeof(u64)) == 0 &&
               std::memcmp(name, other.name, sizeof name) == 0;
    }
};

constexpr usize table_size = 1024, longest_search = 16;
struct stack_table {
    stack_entry entries[table_size];
    stack_entry present;  // where a sample is put together
};
OSPREY_PER_CPU(stack_table*, stacks);
constinit u32 hertz = 0;

/// @return the entry of `wanted` or a free one for it; null if neither is near its place.
stack_entry* find(stack_table& table, const stack_entry& wanted) noexcept {
    for (usize i = 0; i < longest_search; ++i) {
        stack_entry& e = table.entries[(wanted.hash + i) % table_size];
        if (e.count.load(std::memory_order_acquire) == 0 || e.same(wanted))
            return &e;
    }
    return nullptr;
}

void add(stack_table& table, const stack_entry& found) noexcept {
    stack_entry* e = find(table, found);
    if (!e)
        return;
    const u64 count = e->count.load(std::memory_order_relaxed);
    if (count == 0) {
        e->hash = found.hash;
        e->process = found.process;
        e->thread = found.thread;
        std::memcpy(e->name, found.name, sizeof e->name);
        e->kernel = found.kernel;
        e->total = found.total;
        std::memcpy(e->frames, found.frames, found.total * sizeof(u64));
    }
    e->count.store(count + 1, std::memory_order_release);
}

u64 hash_of(const stack_entry& e) noexcept {
    u64 sum = u64{e.process} << 32 | e.thread;
    for (usize i = 0; i < e.total; ++i)
        sum = (sum ^ e.frames[i]) * 0x9e3779b97f4a7c15;
    return sum ^ sum >> 29;
}

result<void> make_tables() noexcept {
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        if (stacks.of(cpu))
            continue;
        void* place = allocate(sizeof(stack_table));
        if (!place)
            return errc::out_of_memory;
        __atomic_store_n(&stacks.of(cpu), new (place) stack_table, __ATOMIC_RELEASE);
    }
    return ok;
}

}  // namespace

result<void> set_sampler(u32 wanted) noexcept {
    if (wanted > most_samples)
        return errc::invalid_argument;
    if (wanted != 0) {
        TRY_VOID(prepare_buffers());
        TRY_VOID(make_tables());
    }
    hertz = wanted;
    arch::set_sample_period(wanted ? 1'000'000'000 / wanted : 0);
    return ok;
}

u32 sampler_hertz() noexcept {
    return hertz;
}

void for_each_stack(bool (*visit)(const sampled_stack& stack, void* context),
                    void* context) noexcept {
    const u32 cpus = arch::cpu_count();
    for (u32 cpu = 0; cpu < cpus; ++cpu) {
        stack_table* table = stacks.of(cpu);
        if (!table)
            return;
        for (const stack_entry& e : table->entries) {
            u64 sum = e.count.load(std::memory_order_acquire);
            bool told = false;  // with the same stack of a CPU before
            for (u32 other = 0; sum != 0 && other < cpus && !told; ++other) {
                if (other == cpu || !stacks.of(other))
                    continue;
                const stack_entry* same = find(*stacks.of(other), e);
                const u64 more = same ? same->count.load(std::memory_order_acquire) : 0;
                told = more != 0 && other < cpu;
                sum += more;
            }
            if (sum == 0 || told)
                continue;
            const std::span<const u64> frames{e.frames, e.total};
            if (!visit({sum, e.process, e.thread, text_of(e.name, sizeof e.name),
                        frames.first(e.kernel), frames.subspan(e.kernel)},
                       context))
                return;
        }
    }
}

void clear_stacks() noexcept {
    arch::call_on_all_cpus(
        [](void*) {
            if (stack_table* table = stacks.mine())
                for (stack_entry& e : table->entries)
                    e.count.store(0, std::memory_order_relaxed);
        },
        nullptr);
}

namespace {

/// The timer of the sampler has come.
void sample_this_cpu() noexcept {
    const current_thread current = describe_current();
    const arch::register_frame* frame = arch::interrupted_frame();
    stack_table* table = stacks.mine();
    if (current.thread == 0 || !frame || !table)
        return;
    stack_entry& e = table->present;
    e.process = current.process;
    e.thread = current.thread;
    std::memset(e.name, 0, sizeof e.name);
    std::memcpy(e.name, current.name.data(), current.name.size() < 15 ? current.name.size() : 15);
    e.kernel = 0;
    const std::span<u64> room{e.frames};
    if (!frame->from_application()) {
        e.frames[0] = frame->rip;
        e.kernel = static_cast<u16>(
            1 + arch::kernel_callers(frame->rbp, room.first(deepest / 2).subspan(1)));
    }
    e.total = e.kernel;
    if (current.application)
        e.total += static_cast<u16>(
            arch::application_callers(*current.application, room.subspan(e.kernel)));
    e.hash = hash_of(e);
    add(*table, e);

    const u32 event = event_of(tracepoint_sampler_tick);
    const u64 words[] = {frame->instruction_pointer()};
    if (mode_of(event) & mode_count)
        ++arch::own_event_count(event);
    write_event(event, tracepoint_sampler_tick.kinds, words);
    if (e.kernel)
        write_kernel_chain(room.first(e.kernel));
    if (e.total > e.kernel)
        write_user_chain(current.process, room.subspan(e.kernel, e.total - e.kernel));
}

}  // namespace
}  // namespace osprey::trace

void osprey::arch::take_sample() noexcept {
    trace::sample_this_cpu();
}
