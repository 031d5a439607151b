// SPDX-License-Identifier: BSD-3-Clause
#include <net/unix/garbage.hh>

namespace osprey::net {

constinit sync::mutex unix_garbage::mutex{sync::lock_rank::none};
constinit unix_garbage::flight_list unix_garbage::in_flight;
constinit std::atomic<u32> unix_garbage::in_flight_count{0};
constinit std::atomic<bool> unix_garbage::collecting{false};

/// @return null: not a socket of this family.
unix_end* unix_garbage::end_of(vfs::file& f) noexcept {
    if (!f.is_socket() || static_cast<socket&>(f).family() != af_unix)
        return nullptr;
    return &static_cast<unix_socket&>(f).end();
}

void unix_garbage::add(vfs::file& f) noexcept {
    unix_end* e = end_of(f);
    if (!e)
        return;
    in_flight_count.fetch_add(1, std::memory_order_relaxed);
    if (e->in_flight_++ == 0) {
        e->file_ = &f;
        in_flight.push_back(*e);
    }
}

void unix_garbage::remove(vfs::file& f) noexcept {
    unix_end* e = end_of(f);
    if (!e)
        return;
    in_flight_count.fetch_sub(1, std::memory_order_relaxed);
    if (--e->in_flight_ == 0)
        flight_list::remove(*e);
}

unix_files::unix_files(vector<refptr<vfs::file>>&& files) noexcept : files_{std::move(files)} {
    sync::lock_guard guard{unix_garbage::mutex};
    for (auto& f : files_)
        unix_garbage::add(*f);
}

unix_files::~unix_files() {
    if (files_.empty())
        return;
    sync::lock_guard guard{unix_garbage::mutex};
    for (auto& f : files_)
        unix_garbage::remove(*f);
}

bool unix_files::deliver(vector<refptr<vfs::file>>& to) noexcept {
    if (!to.reserve(to.size() + files_.size()))
        return false;
    for (auto& f : files_) {
        unix_garbage::remove(*f);
        (void)to.push_back(std::move(f));  // there is room
    }
    files_.clear();
    return true;
}

bool unix_files::copy_to(vector<refptr<vfs::file>>& to) const noexcept {
    if (!to.reserve(to.size() + files_.size()))
        return false;
    for (const auto& f : files_)
        (void)to.push_back(refptr<vfs::file>{f});
    return true;
}

template <typename F>
void unix_garbage::visit_queue(unix_end& e, F& visit) noexcept {
    sync::lock_guard guard{e.mutex_};
    for (unix_message* m = e.queue_.front(); m; m = m->next)
        if (m->files)
            for (const auto& f : m->files->list())
                if (unix_end* inside = end_of(*f))
                    visit(*inside);
}

/// Calls `visit` for each socket that messages of `e` carry; those of connections that wait to be
/// accepted are messages of the listener.
template <typename F>
void unix_garbage::for_each_inside(unix_end& e, F&& visit) noexcept {
    visit_queue(e, visit);
    sync::lock_guard guard{e.pending_mutex_};
    for (unix_end& waiting : e.pending_)
        visit_queue(waiting, visit);
}

/// Suspects: all references are in messages. For each it is counted how many of these messages are
/// not in queues of suspects.
void unix_garbage::find_suspects() noexcept {
    for (unix_end& e : in_flight) {
        const bool suspect = e.file_->reference_count() == e.in_flight_;
        e.garbage_ =
            suspect ? unix_end::garbage_state::suspect : unix_end::garbage_state::reachable;
        e.unexplained_ = e.in_flight_;
    }
    for (unix_end& e : in_flight)
        if (e.garbage_ == unix_end::garbage_state::suspect)
            for_each_inside(e, [](unix_end& inside) { --inside.unexplained_; });
}

/// What a reachable socket's messages carry is reachable.
void unix_garbage::clear_reachable() noexcept {
    bool changed = true;
    while (changed) {
        changed = false;
        for (unix_end& e : in_flight) {
            if (e.garbage_ != unix_end::garbage_state::suspect || e.unexplained_ == 0)
                continue;
            e.garbage_ = unix_end::garbage_state::reachable;
            changed = true;
            for_each_inside(e, [](unix_end& inside) { ++inside.unexplained_; });
        }
    }
}

/// Takes the messages with files out of the queues of what is still suspected.
unix_message* unix_garbage::take_garbage() noexcept {
    unix_message* all = nullptr;
    const auto take_from = [&all](unix_end& e) {
        sync::lock_guard guard{e.mutex_};
        unix_message* m = e.queue_.take_all();
        while (m) {
            unix_message* next = m->next;
            if (m->origin)
                m->origin->sent_charge_.fetch_sub(m->charge(), std::memory_order_relaxed);
            m->next = all;
            all = m;
            m = next;
        }
    };
    for (unix_end& e : in_flight) {
        if (e.garbage_ != unix_end::garbage_state::suspect)
            continue;
        take_from(e);
        sync::lock_guard guard{e.pending_mutex_};
        for (unix_end& waiting : e.pending_)
            take_from(waiting);
    }
    return all;
}

void unix_garbage::collect() noexcept {
    if (in_flight_count.load(std::memory_order_relaxed) == 0)
        return;
    // Closing garbage closes sockets, which ask for a collection themselves.
    if (collecting.exchange(true))
        return;
    unix_message* garbage;
    {
        sync::lock_guard guard{mutex};
        find_suspects();
        clear_reachable();
        garbage = take_garbage();
    }
    unix_queue::destroy_all(garbage);
    collecting.store(false);
}

}  // namespace osprey::net
