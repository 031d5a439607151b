// SPDX-License-Identifier: BSD-3-Clause
// Names of threads that wrote records, since records hold numbers only and threads end
// (saved_cmdlines of tracefs). A place for each number modulo the size; the latest stays.
#include <base/heap.hh>
#include <cstring>
#include <trace/buffer.hh>
#include <trace/writer.hh>

namespace osprey::trace {
namespace {

constexpr usize capacity = 1024;

/// Written by several CPUs without a lock: the number comes last and is taken away first.
struct known {
    std::atomic<i32> thread{-1};
    std::atomic<u64> name[2] = {};
};
constinit known* table = nullptr;

bool read(const known& k, i32& thread, char (&name)[16]) noexcept {
    thread = k.thread.load(std::memory_order_acquire);
    if (thread < 0)
        return false;
    for (unsigned i = 0; i < 2; ++i) {
        const u64 part = k.name[i].load(std::memory_order_relaxed);
        std::memcpy(name + 8 * i, &part, sizeof part);
    }
    name[15] = '\0';
    std::atomic_thread_fence(std::memory_order_acquire);
    return k.thread.load(std::memory_order_relaxed) == thread;
}

}  // namespace

bool prepare_names() noexcept {
    if (table)
        return true;
    void* place = allocate(capacity * sizeof(known));
    if (!place)
        return false;
    auto* fresh = static_cast<known*>(place);
    for (usize i = 0; i < capacity; ++i)
        new (&fresh[i]) known;
    table = fresh;
    return true;
}

void note_name(i32 thread, std::string_view name) noexcept {
    known& k = table[static_cast<u32>(thread) % capacity];
    u64 parts[2] = {};
    std::memcpy(parts, name.data(), name.size() < 15 ? name.size() : 15);
    if (k.thread.load(std::memory_order_relaxed) == thread &&
        k.name[0].load(std::memory_order_relaxed) == parts[0] &&
        k.name[1].load(std::memory_order_relaxed) == parts[1])
        return;
    k.thread.store(-1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    k.name[0].store(parts[0], std::memory_order_relaxed);
    k.name[1].store(parts[1], std::memory_order_relaxed);
    k.thread.store(thread, std::memory_order_release);
}

bool thread_name(i32 thread, char (&name)[16]) noexcept {
    if (!table || thread < 0)
        return false;
    i32 found = -1;
    return read(table[static_cast<u32>(thread) % capacity], found, name) && found == thread;
}

void for_each_known_thread(void (*visit)(i32 thread, const char* name, void* to),
                           void* to) noexcept {
    char name[16];
    i32 thread = 0;
    for (usize i = 0; table && i < capacity; ++i)
        if (read(table[i], thread, name) && thread > 0)
            visit(thread, name, to);
}

}  // namespace osprey::trace
