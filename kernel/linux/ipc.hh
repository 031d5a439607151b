// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <base/vector.hh>
#include <linux/abi/ipc.hh>
#include <process/task.hh>
#include <sync/mutex.hh>

/// What the three kinds of System V objects have in common (sysvipc(7)).
namespace osprey::abi {

inline constexpr i32 private_key = 0;

/// An object with owner and rights (struct ipc_perm). What is here is guarded by the object's
/// mutex, except `key` and `id`, which belong to the table.
struct ipc_object {
    i32 key = private_key, id = 0;
    u32 uid = 0, gid = 0, creator_uid = 0, creator_gid = 0, mode = 0;
};

void own_by_caller(ipc_object& o, i32 key, u32 mode) noexcept;
/// May the caller do what `wanted` says: 0400 read, 0200 change, or mode bits as for open?
[[nodiscard]] bool permits(const ipc_object& o, u32 wanted) noexcept;
/// IPC_SET and IPC_RMID: owner, creator, CAP_SYS_ADMIN.
[[nodiscard]] bool may_control(const ipc_object& o) noexcept;
void change_owner(ipc_object& o, const abi_ipc_perm& wanted) noexcept;
[[nodiscard]] abi_ipc_perm describe_owner(const ipc_object& o) noexcept;
/// Seconds since 1970 for the stamps of objects.
[[nodiscard]] i64 ipc_now() noexcept;

/// All objects of one kind. A number is place + sequence × 32768, so that an old number is not
/// mistaken for a new object in the same place.
///
/// Locking: reached through `sync::guarded`. An object that was found has to be locked afterwards
/// and asked whether it has been removed meanwhile.
template <typename T>
struct ipc_table {
    static constexpr usize limit = 32000, stride = 32768;  // SEMMNI, MSGMNI; IPCMNI
    vector<refptr<T>> places;
    u32 sequence = 0, used = 0;

    [[nodiscard]] refptr<T> find(i32 id) const noexcept {
        const usize place = static_cast<usize>(id) % stride;
        if (id < 0 || place >= places.size() || !places[place] || places[place]->id != id)
            return nullptr;
        return places[place];
    }
    [[nodiscard]] refptr<T> find_place(i32 place) const noexcept {
        return place >= 0 && static_cast<usize>(place) < places.size()
                   ? places[static_cast<usize>(place)]
                   : nullptr;
    }
    [[nodiscard]] refptr<T> find_key(i32 key) const noexcept {
        for (const auto& o : places)
            if (o && o->key == key)
                return o;
        return nullptr;
    }
    /// Gives it a number. @return `errc::no_space`, `errc::out_of_memory`.
    result<i32> add(refptr<T> o) noexcept {
        usize place = 0;
        while (place < places.size() && places[place])
            ++place;
        if (place == limit)
            return errc::no_space;
        if (place == places.size())
            TRY_VOID(places.resize(place + 1));
        o->id = static_cast<i32>(place + (sequence++ % 0x7fff) * stride);
        const i32 id = o->id;
        places[place] = std::move(o);
        ++used;
        return id;
    }
    void remove(T& o) noexcept {
        const usize place = static_cast<usize>(o.id) % stride;
        if (place >= places.size() || places[place].get() != &o)
            return;
        o.key = private_key;
        places[place].reset();
        --used;
        while (!places.empty() && !places.back())
            places.pop_back();
    }
    /// What the *_INFO and *_STAT commands answer: the highest place in use.
    [[nodiscard]] i64 highest() const noexcept {
        return places.empty() ? 0 : static_cast<i64>(places.size() - 1);
    }
};

/// semget, msgget: finds or makes the object. `make()` gives a refptr<T>; `fits(T&)` says whether
/// an existing one is what the caller wants.
template <typename T, typename Make, typename Fits>
result<i32> get_ipc(ipc_table<T>& table, i32 key, u32 how, Make&& make, Fits&& fits) noexcept {
    constexpr u32 create = 01000, exclusive = 02000;  // IPC_CREAT, IPC_EXCL
    refptr<T> there = key == private_key ? nullptr : table.find_key(key);
    if (!there) {
        if (key != private_key && !(how & create))
            return errc::no_entry;
        refptr<T> fresh = TRY(make());
        own_by_caller(*fresh, key, how);
        return table.add(std::move(fresh));
    }
    if ((how & (create | exclusive)) == (create | exclusive))
        return errc::exists;
    TRY_VOID(fits(*there));
    sync::lock_guard guard{there->mutex};
    if (!permits(*there, how & 0777))
        return errc::access_denied;
    return there->id;
}

/// The files of /proc/sysvipc. Once, at boot.
result<void> add_ipc_files() noexcept;
result<void> show_semaphores(string& out) noexcept;      // semaphores.cc
result<void> show_message_queues(string& out) noexcept;  // messages.cc
result<void> show_segments(string& out) noexcept;        // shared_memory.cc

}  // namespace osprey::abi
