// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/unix/unix_end.hh>

namespace osprey::net {

/// Sockets that are sent through sockets may keep each other alive although nobody can reach them
/// any more. What is in flight is counted for each socket; when all references of a socket are in
/// messages, and none of these messages can be reached from a socket that somebody holds, the
/// messages are thrown away.
class unix_garbage {
public:
    /// `f` is put into a message, or comes out of one.
    static void add(vfs::file& f) noexcept;
    static void remove(vfs::file& f) noexcept;
    /// Context: threads, no locks held.
    static void collect() noexcept;

    /// Guards what is in flight. Outside of the mutexes of ends.
    static constinit sync::mutex mutex;

private:
    friend class unix_files;
    using flight_list = intrusive_list<unix_end, &unix_end::flight_hook_>;
    static unix_end* end_of(vfs::file& f) noexcept;
    template <typename F>
    static void for_each_inside(unix_end& e, F&& visit) noexcept;
    template <typename F>
    static void visit_queue(unix_end& e, F& visit) noexcept;
    static void find_suspects() noexcept;
    static void clear_reachable() noexcept;
    static unix_message* take_garbage() noexcept;

    static constinit flight_list in_flight;
    static constinit std::atomic<u32> in_flight_count;
    static constinit std::atomic<bool> collecting;
};

}  // namespace osprey::net
