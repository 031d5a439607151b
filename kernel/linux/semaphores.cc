// SPDX-License-Identifier: BSD-3-Clause
//
// System V semaphores (semget(2), semop(2), semctl(2)).
#include <fs/synthetic/synthetic.hh>
#include <linux/semaphore_set.hh>
#include <linux/syscalls.hh>
#include <linux/timers.hh>
#include <linux/times.hh>

namespace osprey::abi {
namespace {

constexpr usize all_semaphores = 1'024'000'000;  // SEMMNS

using set_table = ipc_table<semaphore_set>;
constinit sync::guarded<set_table> sets;

refptr<semaphore_set> find_set(i32 id) noexcept {
    return sets.with([&](set_table& t) { return t.find(id); });
}

/// The caller's undo record for `set`, made on first use.
result<semaphore_undo*> undo_for(refptr<semaphore_set> set) noexcept {
    proc::process& p = proc::current_process();
    process_objects* objects = TRY(process_objects::of(p));
    sync::lock_guard guard{objects->mutex};
    for (usize i = objects->undos.size(); i-- > 0;) {
        if (objects->undos[i]->set == set)
            return objects->undos[i].get();
    }
    auto fresh = TRY(make_ref<semaphore_undo>());
    TRY_VOID(fresh->adjust.resize(set->values.size()));
    fresh->set = std::move(set);
    TRY_VOID(objects->undos.push_back(fresh));
    p.settings.semaphore_undo = true;
    sync::lock_guard set_guard{fresh->set->mutex};
    fresh->set->undos.push_back(*fresh);
    return objects->undos.back().get();
}

abi_semid describe(const semaphore_set& s) noexcept {
    abi_semid d{};
    d.permissions = describe_owner(s);
    d.operated = s.operated;
    d.changed = s.changed;
    d.count = s.values.size();
    return d;
}

/// IPC_INFO and, with what is in use, SEM_INFO.
reply tell_limits(bool usage, address buffer) noexcept {
    abi_seminfo info{};
    info.map = info.semaphores = info.undos = all_semaphores;
    info.sets = set_table::limit;
    info.per_set = semaphores_in_set;
    info.operations = info.undo_entries = semaphore_operations_limit;
    info.most = info.adjust = semaphore_most;
    info.undo_bytes = 20;
    const i64 highest = sets.with([&](set_table& t) {
        if (usage) {
            info.undo_bytes = static_cast<i32>(t.used);
            info.adjust = 0;
            for (const auto& s : t.places)
                info.adjust += s ? static_cast<i32>(s->values.size()) : 0;
        }
        return t.highest();
    });
    TRY_VOID(buffer.as<abi_seminfo>().store(info));
    return highest;
}

reply tell_state(i32 id, u32 command, address buffer) noexcept {
    using c = semctl_commands;
    auto set = command == c::ipc_stat ? find_set(id)
                                      : sets.with([&](set_table& t) { return t.find_place(id); });
    if (!set)
        return errc::invalid_argument;
    abi_semid d;
    {
        sync::lock_guard guard{set->mutex};
        if (command != c::sem_stat_any && !permits(*set, 0444))
            return errc::access_denied;
        d = describe(*set);
    }
    TRY_VOID(buffer.as<abi_semid>().store(d));
    return command == c::ipc_stat ? 0 : set->id;
}

/// IPC_SET and IPC_RMID.
reply control(i32 id, u32 command, address buffer) noexcept {
    abi_semid wanted{};
    if (command == semctl_commands::ipc_set)
        wanted = TRY(buffer.as<const abi_semid>().load());
    auto set = find_set(id);
    if (!set)
        return errc::invalid_argument;
    {
        sync::lock_guard guard{set->mutex};
        if (set->removed)
            return errc::identifier_removed;
        if (!may_control(*set))
            return errc::not_permitted;
        if (command == semctl_commands::ipc_set) {
            change_owner(*set, wanted.permissions);
            set->changed = ipc_now();
            return done;
        }
    }
    sets.with([&](set_table& t) { t.remove(*set); });
    set->destroy();
    return done;
}

reply set_value(semaphore_set& set, i32 number, i32 value) noexcept {
    sync::lock_guard guard{set.mutex};
    if (set.removed)
        return errc::identifier_removed;
    if (number < 0 || static_cast<usize>(number) >= set.values.size())
        return errc::invalid_argument;
    if (!permits(set, 0222))
        return errc::access_denied;
    set.set_value(static_cast<usize>(number), value, proc::current_process().pid());
    set.changed = ipc_now();
    set.values_changed();
    return done;
}

reply get_all(semaphore_set& set, address to) noexcept {
    vector<u16> out;
    TRY_VOID(out.resize(set.values.size()));
    {
        sync::lock_guard guard{set.mutex};
        if (!permits(set, 0444))
            return errc::access_denied;
        if (set.removed)
            return errc::identifier_removed;
        for (usize i = 0; i < out.size(); ++i)
            out[i] = static_cast<u16>(set.values[i]);
    }
    return memory::copy_to_user(to.value, out.data(), out.size() * sizeof(u16));
}

reply set_all(semaphore_set& set, address from) noexcept {
    vector<u16> in;
    TRY_VOID(in.resize(set.values.size()));
    {
        sync::lock_guard guard{set.mutex};
        if (!permits(set, 0222))
            return errc::access_denied;
    }
    TRY_VOID(memory::copy_from_user(in.data(), from.value, in.size() * sizeof(u16)));
    for (u16 value : in)
        if (value > semaphore_most)
            return errc::range;
    sync::lock_guard guard{set.mutex};
    if (set.removed)
        return errc::identifier_removed;
    for (usize i = 0; i < in.size(); ++i)
        set.set_value(i, in[i], proc::current_process().pid());
    set.changed = ipc_now();
    set.values_changed();
    return done;
}

/// GETVAL, GETPID, GETNCNT, GETZCNT.
reply tell_one(semaphore_set& set, i32 number, u32 command) noexcept {
    using c = semctl_commands;
    sync::lock_guard guard{set.mutex};
    if (!permits(set, 0444))
        return errc::access_denied;
    if (number < 0 || static_cast<usize>(number) >= set.values.size())
        return errc::invalid_argument;
    if (set.removed)
        return errc::identifier_removed;
    const auto at = static_cast<usize>(number);
    if (command == c::getval)
        return set.values[at];
    if (command == c::getpid)
        return set.pids[at];
    return set.waiters(at, command == c::getzcnt);
}

reply operate(i32 id, virtual_address operations, u32 count, instant deadline) noexcept {
    if (count < 1)
        return errc::invalid_argument;
    if (count > semaphore_operations_limit)
        return errc::argument_list_too_long;
    vector<abi_sembuf> parts;
    TRY_VOID(parts.resize(count));
    TRY_VOID(memory::copy_from_user(parts.data(), operations, count * sizeof(abi_sembuf)));
    auto set = find_set(id);
    if (!set)
        return errc::invalid_argument;
    constexpr i16 with_undo = 010000;
    refptr<semaphore_undo> undo;  // kept while we wait: another thread may end the process
    for (const abi_sembuf& part : parts)
        if (part.how & with_undo && !undo)
            undo = refptr<semaphore_undo>{TRY(undo_for(set))};
    return set->perform({{parts.data(), count}, undo.get(), proc::current_process().pid()},
                        deadline);
}

}  // namespace

void give_back_semaphores(process_objects& objects) noexcept {
    const i32 pid = proc::current_process().pid();
    for (auto& undo : objects.undos)
        undo->set->give_back(*undo, pid);
    objects.undos.clear();
}

result<void> show_semaphores(string& out) noexcept {
    TRY_VOID(
        out.append("       key      semid perms      nsems   uid   gid  cuid  cgid      otime"
                   "      ctime\n"));
    for (i32 place = 0;; ++place) {
        i64 highest = 0;
        auto set = sets.with([&](set_table& t) {
            highest = t.highest();
            return t.find_place(place);
        });
        if (set) {
            sync::lock_guard guard{set->mutex};
            TRY_VOID(print(out, "{:10} {:10}  {:4o} {:10} {:5} {:5} {:5} {:5} {:10} {:10}\n",
                           set->key, set->id, set->mode, set->values.size(), set->uid, set->gid,
                           set->creator_uid, set->creator_gid, set->operated, set->changed));
        }
        if (place >= highest)
            return ok;
    }
}

reply calls::semget(i32 key, i32 count, flags<shmget_flags> how) noexcept {
    if (count < 0 || static_cast<usize>(count) > semaphores_in_set)
        return errc::invalid_argument;
    const auto wanted = static_cast<usize>(count);
    auto make = [&]() -> result<refptr<semaphore_set>> {
        if (wanted == 0)
            return errc::invalid_argument;
        vector<i32> values, pids;
        TRY_VOID(values.resize(wanted));
        TRY_VOID(pids.resize(wanted));
        auto set = TRY(make_ref<semaphore_set>(std::move(values), std::move(pids)));
        set->changed = ipc_now();
        return set;
    };
    auto fits = [&](const semaphore_set& s) -> result<void> {
        if (wanted > s.values.size())
            return errc::invalid_argument;
        return ok;
    };
    return sets.with(
        [&](set_table& t) { return get_ipc(t, key, static_cast<u32>(how.bits), make, fits); });
}

reply calls::semop(i32 id, address operations, u32 count) noexcept {
    return operate(id, operations.value, count, instant::never());
}

reply calls::semtimedop(i32 id, address operations, u32 count,
                        maybe_in<abi_timespec> timeout) noexcept {
    return operate(id, operations.value, count, TRY(deadline_of(timeout)));
}

reply calls::semctl(i32 id, i32 number, choice<semctl_commands> command,
                    address argument) noexcept {
    using c = semctl_commands;
    if (id < 0)
        return errc::invalid_argument;
    const auto what = static_cast<u32>(command.value());
    switch (what) {
        case c::ipc_info:
        case c::sem_info:
            return tell_limits(what == c::sem_info, argument);
        case c::ipc_stat:
        case c::sem_stat:
        case c::sem_stat_any:
            return tell_state(id, what, argument);
        case c::ipc_set:
        case c::ipc_rmid:
            return control(id, what, argument);
        default:
            break;
    }
    const auto value = static_cast<i32>(argument.value);
    if (what == c::setval && (value < 0 || value > semaphore_most))
        return errc::range;
    if (what < c::getpid || what > c::setall)
        return command.unknown();
    auto set = find_set(id);
    if (!set)
        return errc::invalid_argument;
    switch (what) {
        case c::setval:
            return set_value(*set, number, value);
        case c::getall:
            return get_all(*set, argument);
        case c::setall:
            return set_all(*set, argument);
        default:
            return tell_one(*set, number, what);
    }
}

}  // namespace osprey::abi
