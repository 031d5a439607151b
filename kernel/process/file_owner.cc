// SPDX-License-Identifier: BSD-3-Clause
#include <process/file_owner.hh>
#include <process/task.hh>
#include <sync/event.hh>
#include <vfs/poll.hh>

namespace osprey::proc {

namespace {

class notifier;
/// Those that have something to tell; a stack, each with a reference.
constinit std::atomic<notifier*> told{nullptr};
constinit sync::event something_told;
/// Held while signals are sent, so that who finds the list empty knows that they are.
constinit sync::mutex telling{sync::lock_rank::none};
constinit std::atomic<bool> teller_started{false};

class notifier final : public vfs::file_watch,
                       public vfs::poll_registration,
                       public ref_counted<notifier> {
public:
    explicit notifier(vfs::file& f) noexcept : target_{&f} {}

    static notifier* find(vfs::file& f) noexcept {
        return static_cast<notifier*>(f.notifier.load(std::memory_order_acquire));
    }
    static result<notifier*> of(vfs::file& f) noexcept;

    void target_gone(vfs::file&) noexcept override;
    void subscribe(sync::wait_queue& queue) noexcept override;

    result<void> set_owner(file_owner who) noexcept;
    [[nodiscard]] file_owner owner() noexcept;
    [[nodiscard]] result<void> set_async(bool on, int fd) noexcept;
    void tell() noexcept;

    std::atomic<u8> signal_number{0};
    notifier* next_told = nullptr;

private:
    struct subscription : sync::waiter {
        subscription(notifier& n, sync::wait_queue& q) noexcept
            : waiter{&notifier::happened}, owner{n}, queue{q} {}
        notifier& owner;
        sync::wait_queue& queue;
        subscription* next = nullptr;
    };
    static void happened(sync::waiter& self, u32 key) noexcept;
    result<void> listen() noexcept;
    void stop_listening() noexcept;
    void send(const file_owner& to, const signal_info& info) const noexcept;
    void send_io(const file_owner& to, i32 code, i64 band) noexcept;

    sync::mutex mutex_;
    vfs::file* target_;  // not counted; null: gone
    file_owner owner_;
    subscription* subscriptions_ = nullptr;
    bool out_of_memory_ = false;
    std::atomic<i32> fd_{-1};
    std::atomic<bool> waits_{false};  // on the list
    std::atomic<u32> keys_{0};        // what was told since
};

void tell_all(void*) noexcept {
    for (;;) {
        (void)something_told.wait();
        tell_file_owners();
    }
}

result<void> start_teller() noexcept {
    if (teller_started.exchange(true))
        return ok;
    auto t = sched::thread::create("sigio", tell_all, nullptr);
    if (!t) {
        teller_started.store(false);
        return t.error();
    }
    (*t)->start();
    return ok;
}

result<notifier*> notifier::of(vfs::file& f) noexcept {
    if (notifier* there = find(f))
        return there;
    TRY_VOID(start_teller());
    auto* fresh = new (std::nothrow) notifier{f};
    if (!fresh)
        return errc::out_of_memory;
    vfs::file_watch* now = nullptr;
    if (f.notifier.compare_exchange_strong(now, fresh, std::memory_order_acq_rel))
        return fresh;
    fresh->drop_ref();
    return static_cast<notifier*>(now);
}

void notifier::target_gone(vfs::file&) noexcept {
    {
        sync::lock_guard guard{mutex_};
        stop_listening();
        target_ = nullptr;
    }
    drop_ref();
}

void notifier::subscribe(sync::wait_queue& queue) noexcept {
    auto* s = new (std::nothrow) subscription{*this, queue};
    if (!s) {
        out_of_memory_ = true;
        return;
    }
    s->next = subscriptions_;
    subscriptions_ = s;
    queue.add(*s);
}

/// `mutex_` held.
result<void> notifier::listen() noexcept {
    if (subscriptions_)
        return ok;
    out_of_memory_ = false;
    (void)target_->poll(this);
    if (!out_of_memory_)
        return ok;
    stop_listening();
    return errc::out_of_memory;
}

/// `mutex_` held.
void notifier::stop_listening() noexcept {
    while (subscription* s = subscriptions_) {
        subscriptions_ = s->next;
        s->queue.remove(*s);
        delete s;
    }
}

/// From a queue of the file, which is locked.
void notifier::happened(sync::waiter& self, u32 key) noexcept {
    notifier& n = static_cast<subscription&>(self).owner;
    n.keys_.fetch_or(key, std::memory_order_relaxed);
    if (!n.waits_.exchange(true, std::memory_order_acq_rel)) {
        n.add_ref();
        n.next_told = told.load(std::memory_order_relaxed);
        while (!told.compare_exchange_weak(n.next_told, &n, std::memory_order_release,
                                           std::memory_order_relaxed)) {
        }
    }
    if (sched::current().is_application())
        current_task().return_work.fetch_or(work_file_owners, std::memory_order_relaxed);
    something_told.signal();
}

result<void> notifier::set_owner(file_owner who) noexcept {
    sync::lock_guard guard{mutex_};
    owner_ = who;
    const bool asynchronous = target_->flags() & vfs::o_async;
    if (asynchronous || (who.id != 0 && target_->is_socket()))
        return listen();  // SIGURG needs no O_ASYNC
    stop_listening();
    return ok;
}

file_owner notifier::owner() noexcept {
    sync::lock_guard guard{mutex_};
    return owner_;
}

result<void> notifier::set_async(bool on, int fd) noexcept {
    sync::lock_guard guard{mutex_};
    if (on) {
        fd_.store(fd, std::memory_order_relaxed);
        return listen();
    }
    if (owner_.id == 0 || !target_->is_socket())
        stop_listening();
    return ok;
}

void notifier::send(const file_owner& to, const signal_info& info) const noexcept {
    switch (to.what) {
        case file_owner::kind::task:
            if (auto t = find_task(to.id))
                (void)send_signal(*t, info);
            break;
        case file_owner::kind::process:
            if (auto p = find_process(to.id))
                (void)send_signal(*p, info);
            break;
        case file_owner::kind::group:
            (void)send_signal_to_group(to.id, info);
            break;
    }
}

/// With F_SETSIG the signal says what happened and where; SIGIO alone only that something did, also
/// when the queue of the other is full.
void notifier::send_io(const file_owner& to, i32 code, i64 band) noexcept {
    constexpr i32 si_kernel = 0x80;
    signal_info info{};
    info.number = signal_number.load(std::memory_order_relaxed);
    if (info.number != 0) {
        info.code = code;
        info.poll.band = band;
        info.poll.fd = fd_.load(std::memory_order_relaxed);
    } else {
        info.number = static_cast<i32>(signal::io);
        info.code = si_kernel;
    }
    send(to, info);
}

/// What was told is looked at again: some queues tell more than happened.
void notifier::tell() noexcept {
    waits_.store(false, std::memory_order_release);
    const u32 keys = keys_.exchange(0, std::memory_order_acquire);
    refptr<vfs::file> target;
    file_owner to;
    {
        sync::lock_guard guard{mutex_};
        if (!target_ || !target_->try_add_ref())
            return;
        target = refptr<vfs::file>::adopt(target_);
        to = owner_;
    }
    const u32 ready = target->poll(nullptr), now = ready & keys;
    if (to.id == 0)
        return;
    const bool urgent = keys & vfs::poll_rdband;
    if (urgent && target->is_socket()) {
        signal_info info{};
        info.number = static_cast<i32>(signal::urg);
        info.code = 0x80;
        send(to, info);
    }
    if (!(target->flags() & vfs::o_async))
        return;
    enum : i32 { poll_in = 1, poll_out, poll_message, poll_error, poll_priority, poll_hang_up };
    if (urgent)
        send_io(to, poll_priority, vfs::poll_pri | vfs::poll_rdband);
    if (now & vfs::poll_err && !target->is_pipe())
        send_io(to, poll_error, vfs::poll_err);
    else if (now & vfs::poll_hup && target->is_socket())
        send_io(to, poll_hang_up, vfs::poll_hup | vfs::poll_err);
    else if (now & (vfs::poll_in | vfs::poll_hup))
        send_io(to, poll_in, vfs::poll_in | vfs::poll_rdnorm);
    const bool end = target->is_socket() && ready & (vfs::poll_hup | vfs::poll_rdhup);
    if (!end && now & (vfs::poll_out | (target->is_pipe() ? vfs::poll_err : 0)))
        send_io(to, poll_out, vfs::poll_out | vfs::poll_wrnorm | vfs::poll_wrband);
}

}  // namespace

result<void> set_file_owner(vfs::file& f, file_owner who) noexcept {
    if (who.id != 0) {
        bool there = false;
        switch (who.what) {
            case file_owner::kind::task:
                there = static_cast<bool>(find_task(who.id));
                break;
            case file_owner::kind::process:
                there = static_cast<bool>(find_process(who.id));
                break;
            case file_owner::kind::group:
                there = static_cast<bool>(send_signal_to_group(who.id, signal_info{}));
                break;
        }
        if (!there)
            return errc::no_process;
    } else if (!notifier::find(f)) {
        return ok;
    }
    return TRY(notifier::of(f))->set_owner(who);
}

file_owner get_file_owner(vfs::file& f) noexcept {
    notifier* n = notifier::find(f);
    return n ? n->owner() : file_owner{};
}

result<void> set_file_signal(vfs::file& f, u8 number) noexcept {
    if (number == 0 && !notifier::find(f))
        return ok;
    TRY(notifier::of(f))->signal_number.store(number, std::memory_order_relaxed);
    return ok;
}

u8 get_file_signal(vfs::file& f) noexcept {
    notifier* n = notifier::find(f);
    return n ? n->signal_number.load(std::memory_order_relaxed) : u8{0};
}

result<void> set_file_async(vfs::file& f, bool on, int fd) noexcept {
    const u32 flags = f.flags();
    if (f.tells_owner() && (on || notifier::find(f))) {
        notifier* n = TRY(notifier::of(f));
        // A terminal without an owner tells the group in front of it.
        if (on && !f.is_socket() && !f.is_pipe() && n->owner().id == 0)
            TRY_VOID(n->set_owner({file_owner::kind::group, current_process().process_group.load(
                                                                std::memory_order_relaxed)}));
        f.set_status_flags(on ? flags | vfs::o_async : flags & ~u32{vfs::o_async});
        return n->set_async(on, fd);
    }
    return ok;
}

void tell_file_owners() noexcept {
    sync::lock_guard guard{telling};
    while (notifier* n = told.exchange(nullptr, std::memory_order_acquire)) {
        while (n) {
            notifier* next = n->next_told;
            n->tell();
            n->drop_ref();
            n = next;
        }
    }
}

}  // namespace osprey::proc
