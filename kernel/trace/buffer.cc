// SPDX-License-Identifier: BSD-3-Clause
#include <arch/cpu.hh>
#include <arch/per_cpu.hh>
#include <base/heap.hh>
#include <trace/buffer.hh>
#include <trace/writer.hh>

namespace osprey::trace {

OSPREY_PER_CPU(cpu_buffer*, own_buffer);
constinit std::atomic<bool> recording_now{true};
constinit std::atomic<bool> options[3] = {false, false, true};

namespace {

OSPREY_PER_CPU(ring_position, consumers);
constinit u32 kilobytes = usual_buffer_kb;
constinit bool made = false;

void free_buffer(cpu_buffer* buffer) noexcept {
    if (!buffer)
        return;
    for (u32 i = 0; i < buffer->count; ++i)
        deallocate(buffer->pages[i], page_size);
    deallocate(buffer->pages, buffer->count * sizeof(page_image*));
    deallocate(buffer->numbers, buffer->count * sizeof(std::atomic<u64>));
    deallocate(buffer, sizeof(cpu_buffer));
}

cpu_buffer* new_buffer(u32 pages) noexcept {
    void* place = allocate(sizeof(cpu_buffer));
    if (!place)
        return nullptr;
    auto* buffer = new (place) cpu_buffer;
    buffer->pages = static_cast<page_image**>(allocate(pages * sizeof(page_image*)));
    buffer->numbers = static_cast<std::atomic<u64>*>(allocate(pages * sizeof(std::atomic<u64>)));
    if (buffer->pages && buffer->numbers)
        for (; buffer->count < pages; ++buffer->count) {
            void* page = allocate(page_size, page_size);
            if (!page)
                break;
            buffer->pages[buffer->count] = static_cast<page_image*>(page);
        }
    if (buffer->count < pages) {
        free_buffer(buffer);
        return nullptr;
    }
    new (&buffer->records) ring{buffer->pages, buffer->numbers, pages};
    return buffer;
}

/// Gives CPU `cpu` another buffer, or none. Its writer has left the old one when this returns.
void replace(u32 cpu, cpu_buffer* fresh) noexcept {
    if (fresh)
        fresh->records.keep_oldest.store(!option_set(option::overwrite), std::memory_order_relaxed);
    cpu_buffer* old = own_buffer.of(cpu);
    __atomic_store_n(&own_buffer.of(cpu), fresh, __ATOMIC_RELEASE);
    consumers.of(cpu) = {};
    if (old) {
        arch::call_on_cpu(
            cpu, [](void*) {}, nullptr);
        free_buffer(old);
    }
}

result<void> make_buffers(u32 pages) noexcept {
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu) {
        cpu_buffer* fresh = new_buffer(pages);
        if (!fresh)
            return errc::out_of_memory;
        replace(cpu, fresh);
    }
    return ok;
}

}  // namespace

result<void> resize_buffers(u32 kb) noexcept {
    constexpr u32 page_kb = page_size / 1024, most_kb = 1 << 20;
    if (kb == 0 || kb > most_kb)
        return errc::invalid_argument;
    const u32 pages = kb / page_kb < 2 ? 2 : (kb + page_kb - 1) / page_kb;
    if (made)
        TRY_VOID(make_buffers(pages));
    kilobytes = pages * page_kb;
    return ok;
}

result<void> prepare_buffers() noexcept {
    if (made)
        return ok;
    if (!prepare_names())
        return errc::out_of_memory;
    if (auto done = make_buffers(kilobytes / (page_size / 1024)); !done) {
        for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
            replace(cpu, nullptr);
        return done;
    }
    made = true;
    return ok;
}

u32 buffer_kb() noexcept {
    return kilobytes;
}

ring* ring_of(u32 cpu) noexcept {
    cpu_buffer* buffer = own_buffer.of(cpu);
    return buffer ? &buffer->records : nullptr;
}

ring_position& consumer_of(u32 cpu) noexcept {
    return consumers.of(cpu);
}

void clear_buffers() noexcept {
    for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
        if (cpu_buffer* buffer = own_buffer.of(cpu)) {
            ring_position end = buffer->records.end();
            buffer->records.read(end, buffer->discarded);
            consumers.of(cpu) = end;
            buffer->records.consumed.store(end.page, std::memory_order_release);
        }
}

bool recording() noexcept {
    return recording_now.load(std::memory_order_relaxed);
}
void set_recording(bool on) noexcept {
    recording_now.store(on, std::memory_order_relaxed);
}

bool option_set(option which) noexcept {
    return options[static_cast<u8>(which)].load(std::memory_order_relaxed);
}
void set_option(option which, bool on) noexcept {
    options[static_cast<u8>(which)].store(on, std::memory_order_relaxed);
    if (which == option::overwrite)
        for (u32 cpu = 0; cpu < arch::cpu_count(); ++cpu)
            if (ring* r = ring_of(cpu))
                r->keep_oldest.store(!on, std::memory_order_relaxed);
}

}  // namespace osprey::trace
