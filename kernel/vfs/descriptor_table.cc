// SPDX-License-Identifier: BSD-3-Clause
#include <bit>
#include <cstring>
#include <trace/tracepoint.hh>
#include <vfs/descriptor_table.hh>
#include <vfs/file_locks.hh>

namespace osprey::vfs {

namespace {
constexpr u32 first_capacity = 64;
}

/// The slots with two bit sets, one allocation. Readers see `files` under RCU; the rest is guarded
/// by the mutex. A table that grew is replaced.
struct descriptor_table::slots {
    sync::rcu_head rcu;
    u32 capacity;  // a multiple of 64
    u32 open_count = 0;
    u64* used() noexcept { return reinterpret_cast<u64*>(files + capacity); }
    u64* close_on_exec() noexcept { return used() + capacity / 64; }
    std::atomic<file*> files[];

    static usize bytes(u32 capacity) noexcept {
        return sizeof(slots) + capacity * sizeof(std::atomic<file*>) + 2 * capacity / 8;
    }
    static slots* create(u32 capacity) noexcept {
        void* memory = allocate(bytes(capacity));
        if (!memory)
            return nullptr;
        std::memset(memory, 0, bytes(capacity));
        auto* s = ::new (memory) slots;
        s->capacity = capacity;
        return s;
    }
    /// The lowest number from `from` on that is free; `capacity` if none.
    u32 lowest_free(u32 from) noexcept {
        for (u32 word = from / 64; word < capacity / 64; ++word) {
            u64 taken = used()[word];
            if (word == from / 64)
                taken |= (u64{1} << from % 64) - 1;
            if (taken != ~u64{0})
                return word * 64 + static_cast<u32>(std::countr_one(taken));
        }
        return capacity;
    }
    static void set(u64* bits, u32 n, bool on) noexcept {
        const u64 bit = u64{1} << n % 64;
        bits[n / 64] = on ? bits[n / 64] | bit : bits[n / 64] & ~bit;
    }
    static bool test(const u64* bits, u32 n) noexcept { return bits[n / 64] >> n % 64 & 1; }
};

result<refptr<descriptor_table>> descriptor_table::create() noexcept {
    auto* table = new (std::nothrow) descriptor_table;
    if (!table)
        return errc::out_of_memory;
    auto owned = refptr<descriptor_table>::adopt(table);
    slots* s = slots::create(first_capacity);
    if (!s)
        return errc::out_of_memory;
    table->slots_.store(s, std::memory_order_release);
    return owned;
}

descriptor_table::~descriptor_table() {
    slots* s = slots_.load(std::memory_order_relaxed);
    if (!s)
        return;
    for (u32 i = 0; i < s->capacity; ++i)
        if (file* f = s->files[i].exchange(nullptr, std::memory_order_relaxed))
            drop(f);
    sync::rcu_defer(s->rcu, [](sync::rcu_head* head) {
        auto* old = reinterpret_cast<slots*>(head);
        deallocate(old, slots::bytes(old->capacity));
    });
}

/// A descriptor of `f` is closed.
void descriptor_table::drop(file* f) noexcept {
    if (f->node() && f->node()->locks.load(std::memory_order_acquire)) [[unlikely]]
        release_record_locks(*f->node(), this);
    f->flush();
    f->drop_ref();
}

result<refptr<descriptor_table>> descriptor_table::copy() noexcept {
    refptr<descriptor_table> fresh = TRY(create());
    sync::lock_guard guard{mutex_};
    slots* from = slots_.load(std::memory_order_relaxed);
    slots* to = fresh->slots_.load(std::memory_order_relaxed);
    if (from->capacity != to->capacity) {
        slots* larger = slots::create(from->capacity);
        if (!larger)
            return errc::out_of_memory;
        deallocate(to, slots::bytes(to->capacity));
        fresh->slots_.store(larger, std::memory_order_release);
        to = larger;
    }
    for (u32 i = 0; i < from->capacity; ++i)
        if (file* f = from->files[i].load(std::memory_order_relaxed)) {
            f->add_ref();
            to->files[i].store(f, std::memory_order_relaxed);
        }
    // Numbers that are taken but not filled yet are not copied.
    for (u32 i = 0; i < from->capacity; ++i)
        slots::set(to->used(), i, to->files[i].load(std::memory_order_relaxed) != nullptr);
    std::memcpy(to->close_on_exec(), from->close_on_exec(), from->capacity / 8);
    to->open_count = from->open_count;
    return fresh;
}

result<refptr<file>> descriptor_table::get(int fd) noexcept {
    sync::rcu_read_guard guard;
    slots* s = slots_.load(std::memory_order_acquire);
    if (static_cast<u32>(fd) >= s->capacity) [[unlikely]]
        return errc::bad_descriptor;
    file* f = s->files[fd].load(std::memory_order_acquire);
    // A file whose last reference is going was closed a moment ago.
    if (!f || !f->try_add_ref()) [[unlikely]]
        return errc::bad_descriptor;
    return refptr<file>::adopt(f);
}

TRACEPOINT(vfs, descriptor_table_grow, u32 wanted);
result<void> descriptor_table::grow(u32 wanted) noexcept {
    TRACE(descriptor_table_grow, wanted);
    slots* old = slots_.load(std::memory_order_relaxed);
    u32 capacity = old->capacity;
    while (capacity <= wanted)
        capacity *= 2;
    slots* fresh = slots::create(capacity);
    if (!fresh)
        return errc::out_of_memory;
    for (u32 i = 0; i < old->capacity; ++i)
        fresh->files[i].store(old->files[i].load(std::memory_order_relaxed),
                              std::memory_order_relaxed);
    std::memcpy(fresh->used(), old->used(), old->capacity / 8);
    std::memcpy(fresh->close_on_exec(), old->close_on_exec(), old->capacity / 8);
    fresh->open_count = old->open_count;
    slots_.store(fresh, std::memory_order_release);
    sync::rcu_defer(old->rcu, [](sync::rcu_head* head) {
        auto* s = reinterpret_cast<slots*>(head);
        deallocate(s, slots::bytes(s->capacity));
    });
    return ok;
}

result<int> descriptor_table::install(refptr<file> f, bool close_on_exec, int lowest,
                                      u32 limit) noexcept {
    sync::lock_guard guard{mutex_};
    slots* s = slots_.load(std::memory_order_relaxed);
    if (static_cast<u32>(lowest) >= limit)
        return errc::invalid_argument;  // fcntl(F_DUPFD)
    u32 fd = static_cast<u32>(lowest) < s->capacity ? s->lowest_free(static_cast<u32>(lowest))
                                                    : static_cast<u32>(lowest);
    if (fd >= limit)
        return errc::too_many_files;
    if (fd >= s->capacity) {
        TRY_VOID(grow(fd));
        s = slots_.load(std::memory_order_relaxed);
    }
    slots::set(s->used(), fd, true);
    slots::set(s->close_on_exec(), fd, close_on_exec);
    ++s->open_count;
    s->files[fd].store(f.release(), std::memory_order_release);
    return static_cast<int>(fd);
}

result<void> descriptor_table::install_at(int fd, refptr<file> f, bool close_on_exec,
                                          u32 limit) noexcept {
    if (static_cast<u32>(fd) >= limit)
        return errc::bad_descriptor;
    file* old;
    {
        sync::lock_guard guard{mutex_};
        slots* s = slots_.load(std::memory_order_relaxed);
        if (static_cast<u32>(fd) >= s->capacity) {
            TRY_VOID(grow(static_cast<u32>(fd)));
            s = slots_.load(std::memory_order_relaxed);
        }
        slots::set(s->used(), static_cast<u32>(fd), true);
        slots::set(s->close_on_exec(), static_cast<u32>(fd), close_on_exec);
        old = s->files[fd].exchange(f.release(), std::memory_order_acq_rel);
        s->open_count += old == nullptr;
    }
    if (old)
        drop(old);
    return ok;
}

file* descriptor_table::take_out(slots& s, u32 fd) noexcept {
    file* f = s.files[fd].exchange(nullptr, std::memory_order_acq_rel);
    if (f) {
        slots::set(s.used(), fd, false);
        slots::set(s.close_on_exec(), fd, false);
        --s.open_count;
    }
    return f;
}

TRACEPOINT(vfs, descriptor_close, i32 fd);
result<void> descriptor_table::close(int fd) noexcept {
    TRACE(descriptor_close, fd);
    file* f;
    {
        sync::lock_guard guard{mutex_};
        slots* s = slots_.load(std::memory_order_relaxed);
        if (static_cast<u32>(fd) >= s->capacity)
            return errc::bad_descriptor;
        f = take_out(*s, static_cast<u32>(fd));
    }
    if (!f)
        return errc::bad_descriptor;
    drop(f);
    return ok;
}

void descriptor_table::close_range(u32 first, u32 last, bool only_mark) noexcept {
    for (u32 fd = first;; ++fd) {
        file* f = nullptr;
        {
            sync::lock_guard guard{mutex_};
            slots* s = slots_.load(std::memory_order_relaxed);
            while (fd < s->capacity && fd <= last && !slots::test(s->used(), fd))
                ++fd;
            if (fd >= s->capacity || fd > last)
                return;
            if (only_mark)
                slots::set(s->close_on_exec(), fd, true);
            else
                f = take_out(*s, fd);
        }
        if (f)
            drop(f);
    }
}

void descriptor_table::close_on_exec_now() noexcept {
    for (u32 fd = 0;; ++fd) {
        file* f;
        {
            sync::lock_guard guard{mutex_};
            slots* s = slots_.load(std::memory_order_relaxed);
            while (fd < s->capacity && !slots::test(s->close_on_exec(), fd))
                ++fd;
            if (fd >= s->capacity)
                return;
            f = take_out(*s, fd);
        }
        if (f)
            drop(f);
    }
}

result<bool> descriptor_table::close_on_exec(int fd) noexcept {
    sync::lock_guard guard{mutex_};
    slots* s = slots_.load(std::memory_order_relaxed);
    if (static_cast<u32>(fd) >= s->capacity || !s->files[fd].load(std::memory_order_relaxed))
        return errc::bad_descriptor;
    return slots::test(s->close_on_exec(), static_cast<u32>(fd));
}

result<void> descriptor_table::set_close_on_exec(int fd, bool on) noexcept {
    sync::lock_guard guard{mutex_};
    slots* s = slots_.load(std::memory_order_relaxed);
    if (static_cast<u32>(fd) >= s->capacity || !s->files[fd].load(std::memory_order_relaxed))
        return errc::bad_descriptor;
    slots::set(s->close_on_exec(), static_cast<u32>(fd), on);
    return ok;
}

int descriptor_table::next_open(int from) noexcept {
    sync::lock_guard guard{mutex_};
    slots* s = slots_.load(std::memory_order_relaxed);
    for (u32 fd = from < 0 ? 0 : static_cast<u32>(from); fd < s->capacity; ++fd)
        if (slots::test(s->used(), fd))
            return static_cast<int>(fd);
    return -1;
}

usize descriptor_table::open_count() noexcept {
    sync::lock_guard guard{mutex_};
    return slots_.load(std::memory_order_relaxed)->open_count;
}

}  // namespace osprey::vfs
