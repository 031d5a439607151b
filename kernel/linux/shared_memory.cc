// SPDX-License-Identifier: BSD-3-Clause
//
// System V shared memory (sysvipc(7), shmget(2), shmop(2), shmctl(2)).
#include <fs/synthetic/synthetic.hh>
#include <linux/ipc.hh>
#include <linux/syscalls.hh>
#include <linux/timers.hh>
#include <linux/times.hh>
#include <memory/address_space.hh>
#include <process/task.hh>

namespace osprey::abi {
namespace {

constexpr usize segment_limit = 4096;                    // SHMMNI
constexpr u32 mode_bits_mask = 0777, destroyed = 01000;  // SHM_DEST

/// A segment. Its number is index + sequence × limit, so that an old number is not mistaken for a
/// new segment in the same place.
struct segment {
    refptr<memory::vm_object> object;
    i32 key = 0, id = 0;
    u64 size = 0;
    u32 uid = 0, gid = 0, creator_uid = 0, creator_gid = 0, mode = 0;
    i64 attached = 0, detached = 0, changed = 0;
    i32 creator = 0, last = 0;
    u64 attachments = 0;
};

/// All segments. Locking: reached through `segments` only.
struct segment_table {
    vector<unique_ptr<segment>> places;
    u32 sequence = 0;
    u64 pages = 0;

    segment* find(i32 id) noexcept {
        if (id < 0)
            return nullptr;
        const usize place = static_cast<usize>(id) % segment_limit;
        if (place >= places.size() || !places[place] || places[place]->id != id)
            return nullptr;
        return places[place].get();
    }
    segment* find_key(i32 key) noexcept {
        for (auto& s : places)
            if (s && s->key == key && !(s->mode & destroyed))
                return s.get();
        return nullptr;
    }
    void remove(segment& s) noexcept {
        pages -= align_up(s.size, page_size) >> page_shift;
        places[static_cast<usize>(s.id) % segment_limit].reset();
    }
};
constinit sync::guarded<segment_table> segments;

i64 now_seconds() noexcept {
    return sched::realtime_ns() / ns_per_second;
}

result<i32> create_segment(segment_table& t, i32 key, usize size, u32 mode) noexcept {
    if (size == 0 || size > ~u64{0} >> 17)
        return errc::invalid_argument;
    usize place = 0;
    while (place < t.places.size() && t.places[place])
        ++place;
    if (place == segment_limit)
        return errc::no_space;
    if (place == t.places.size())
        TRY_VOID(t.places.resize(place + 1));
    auto s = TRY(make_unique<segment>());
    s->object = TRY(memory::vm_object::create(align_up(size, page_size), nullptr));
    const proc::credentials& c = proc::current_process().identity;
    s->key = key;
    s->id = static_cast<i32>(place + (t.sequence++ % 0x7fff) * segment_limit);
    s->size = size;
    s->uid = s->creator_uid = c.euid;
    s->gid = s->creator_gid = c.egid;
    s->mode = mode & mode_bits_mask;
    s->changed = now_seconds();
    s->creator = proc::current_process().pid();
    t.pages += align_up(size, page_size) >> page_shift;
    const i32 id = s->id;
    t.places[place] = std::move(s);
    return id;
}

void detach(i32 id) noexcept {
    const i32 pid = proc::current_process().pid();
    segments.with([&](segment_table& t) {
        segment* s = t.find(id);
        if (!s)
            return;
        s->detached = now_seconds();
        s->last = pid;
        if (--s->attachments == 0 && s->mode & destroyed)
            t.remove(*s);
    });
}

abi_shmid describe(const segment& s) noexcept {
    abi_shmid d{};
    d.permissions.key = s.key;
    d.permissions.uid = s.uid, d.permissions.gid = s.gid;
    d.permissions.creator_uid = s.creator_uid, d.permissions.creator_gid = s.creator_gid;
    d.permissions.mode = s.mode;
    d.permissions.sequence = static_cast<u16>(static_cast<usize>(s.id) / segment_limit);
    d.size = s.size;
    d.attached = s.attached, d.detached = s.detached, d.changed = s.changed;
    d.creator = s.creator, d.last = s.last;
    d.attachments = s.attachments;
    return d;
}

}  // namespace

result<void> attach_copies(process_objects& parent, process_objects& child) noexcept {
    sync::lock_guard guard{parent.mutex};
    for (const auto& a : parent.attachments) {
        TRY_VOID(child.attachments.push_back(a));
        segments.with([&](segment_table& t) {
            if (segment* s = t.find(a.segment))
                ++s->attachments;
        });
    }
    return ok;
}

void detach_all(process_objects& objects) noexcept {
    for (const auto& a : objects.attachments)
        detach(a.segment);
    objects.attachments.clear();
}

result<void> show_segments(string& out) noexcept {
    TRY_VOID(
        out.append("       key      shmid perms                  size  cpid  lpid nattch   uid"
                   "   gid  cuid  cgid      atime      dtime      ctime                   rss"
                   "                  swap\n"));
    return segments.with([&](segment_table& t) -> result<void> {
        for (const auto& s : t.places) {
            if (!s)
                continue;
            TRY_VOID(print(out, "{:10} {:10}  {:4o} {:21} {:5} {:5}  {:5} {:5} {:5} {:5} {:5} ",
                           s->key, s->id, s->mode, s->size, s->creator, s->last, s->attachments,
                           s->uid, s->gid, s->creator_uid, s->creator_gid));
            TRY_VOID(print(out, "{:10} {:10} {:10} {:21} {:21}\n", s->attached, s->detached,
                           s->changed, s->object->resident_pages() * page_size, 0));
        }
        return ok;
    });
}

reply calls::shmget(i32 key, usize size, flags<shmget_flags> how) noexcept {
    using f = shmget_flags;
    if (how.has(f::shm_hugetlb)) {
        report_flags(f::shm_hugetlb, errc::out_of_memory);
        return errc::out_of_memory;
    }
    const u32 mode = static_cast<u32>(how.bits);
    return segments.with([&](segment_table& t) -> result<i32> {
        segment* s = key == private_key ? nullptr : t.find_key(key);
        if (!s) {
            if (key != private_key && !how.has(f::ipc_creat))
                return errc::no_entry;
            return create_segment(t, key, size, mode);
        }
        if (how.has(f::ipc_creat | f::ipc_excl))
            return errc::exists;
        if (size > s->size)
            return errc::invalid_argument;
        return s->id;
    });
}

reply calls::shmat(i32 id, address where, flags<shmat_flags> how) noexcept {
    using f = shmat_flags;
    constexpr u64 boundary = page_size;  // SHMLBA
    u64 start = where.value;
    if (start % boundary) {
        if (!how.has(f::shm_rnd))
            return errc::invalid_argument;
        start = align_down(start, boundary);
    }
    if (how.has(f::shm_remap) && start == 0)
        return errc::invalid_argument;
    proc::process& p = proc::current_process();
    process_objects* objects = TRY(process_objects::of(p));
    memory::backing what;
    usize bytes = 0;
    TRY_VOID(segments.with([&](segment_table& t) -> result<void> {
        segment* s = t.find(id);
        if (!s)
            return errc::invalid_argument;
        what.object = s->object;
        bytes = s->size;
        ++s->attachments;
        s->attached = now_seconds();
        s->last = p.pid();
        return {};
    }));
    auto access = memory::protection::read;
    if (!how.has(f::shm_rdonly))
        access = access | memory::protection::write;
    if (how.has(f::shm_exec))
        access = access | memory::protection::execute;
    const auto place = start == 0              ? memory::placement::anywhere
                       : how.has(f::shm_remap) ? memory::placement::fixed
                                               : memory::placement::fixed_no_replace;
    auto name = shared_name::create("/SYSV00000000");
    if (name)
        what.name = std::move(*name);
    auto at = sched::current().space->map(start, bytes, access, memory::region_shared, place, what,
                                          p.payer());
    if (at) {
        sync::lock_guard guard{objects->mutex};
        if (!objects->attachments.push_back({*at, align_up(bytes, page_size), id})) {
            (void)sched::current().space->unmap(*at, bytes);
            at = errc::out_of_memory;
        }
    }
    if (!at) {
        detach(id);
        // An occupied place is no special case for shmat.
        return at.error() == errc::exists ? errc::invalid_argument : at.error();
    }
    return *at;
}

reply calls::shmdt(address where) noexcept {
    process_objects* objects = TRY(process_objects::of(proc::current_process()));
    process_objects::attachment found{};
    {
        sync::lock_guard guard{objects->mutex};
        usize i = 0;
        while (i < objects->attachments.size() && objects->attachments[i].start != where.value)
            ++i;
        if (i == objects->attachments.size())
            return errc::invalid_argument;
        found = objects->attachments[i];
        objects->attachments.erase_unordered(i);
    }
    TRY_VOID(sched::current().space->unmap(found.start, found.bytes));
    detach(found.segment);
    return done;
}

namespace {

reply segment_limits(address buffer) noexcept {
    abi_shminfo info{};
    info.maximum = ~u64{0} >> 17;
    info.minimum = 1;
    info.segments = segment_limit;
    info.per_process = segment_limit;
    info.total_pages = ~u64{0} >> 29;
    TRY_VOID(buffer.as<abi_shminfo>().store(info));
    return segments.with([](segment_table& t) -> i64 {
        return t.places.empty() ? 0 : static_cast<i64>(t.places.size() - 1);
    });
}

reply segment_usage(address buffer) noexcept {
    abi_shm_info info{};
    i64 highest = 0;
    segments.with([&](segment_table& t) {
        for (auto& s : t.places)
            if (s) {
                ++info.used;
                info.resident += s->object->resident_pages();
            }
        info.total = t.pages;
        highest = t.places.empty() ? 0 : static_cast<i64>(t.places.size() - 1);
    });
    TRY_VOID(buffer.as<abi_shm_info>().store(info));
    return highest;
}

/// SHM_STAT names segments by their place in the table and answers with their number.
reply segment_state(i32 id, bool by_place, address buffer) noexcept {
    abi_shmid d{};
    i64 answer = 0;
    TRY_VOID(segments.with([&](segment_table& t) -> result<void> {
        segment* s = nullptr;
        if (!by_place)
            s = t.find(id);
        else if (id >= 0 && static_cast<usize>(id) < t.places.size())
            s = t.places[static_cast<usize>(id)].get();
        if (!s)
            return errc::invalid_argument;
        d = describe(*s);
        answer = by_place ? s->id : 0;
        return {};
    }));
    TRY_VOID(buffer.as<abi_shmid>().store(d));
    return answer;
}

}  // namespace

reply calls::shmctl(i32 id, choice<ipc_commands> command, address buffer) noexcept {
    using c = ipc_commands;
    if (id < 0)
        return errc::invalid_argument;
    switch (command.value()) {
        case c::ipc_info:
            return segment_limits(buffer);
        case c::shm_info:
            return segment_usage(buffer);
        case c::ipc_stat:
            return segment_state(id, false, buffer);
        case c::shm_stat:
        case c::shm_stat_any:
            return segment_state(id, true, buffer);
        case c::ipc_set: {
            const abi_shmid wanted = TRY(buffer.as<const abi_shmid>().load());
            return segments.with([&](segment_table& t) -> result<void> {
                segment* s = t.find(id);
                if (!s)
                    return errc::invalid_argument;
                s->uid = wanted.permissions.uid, s->gid = wanted.permissions.gid;
                s->mode = (s->mode & ~mode_bits_mask) | (wanted.permissions.mode & mode_bits_mask);
                s->changed = now_seconds();
                return {};
            });
        }
        case c::ipc_rmid:
            return segments.with([&](segment_table& t) -> result<void> {
                segment* s = t.find(id);
                if (!s)
                    return errc::invalid_argument;
                s->key = private_key;
                s->mode |= destroyed;
                if (s->attachments == 0)
                    t.remove(*s);
                return {};
            });
        case c::shm_lock:
        case c::shm_unlock:
            // Nothing is ever swapped out.
            return segments.with([&](segment_table& t) -> result<void> {
                if (!t.find(id))
                    return errc::invalid_argument;
                return {};
            });
        default:
            return command.unknown();
    }
}

}  // namespace osprey::abi
