// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/abi/async.hh>
#include <linux/async_pool.hh>
#include <linux/iovec.hh>
#include <linux/poll_trigger.hh>
#include <linux/reply.hh>
#include <linux/shared_pages.hh>
#include <memory/address_space.hh>

namespace osprey::abi {

class aio_context;

/// One iocb under way.
class aio_request final : public async_work, private poll_trigger {
public:
    explicit aio_request(aio_context& c) noexcept : context_{&c} {}

    /// Checks what can be checked at once (io_submit(2), "ERRORS").
    result<void> load(virtual_address where) noexcept;
    /// Begins; owned by itself from here on.
    void start() noexcept;
    void run() noexcept override;
    /// Ends a poll that nothing has happened to. The context's `mutex_` held.
    bool cancel() noexcept;

private:
    friend class aio_context;
    void fired() noexcept override;
    result<void> load_transfer(bool vectored) noexcept;
    reply transfer() noexcept;
    void poll_again() noexcept;
    [[nodiscard]] bool quick() const noexcept;

    refptr<aio_context> context_;
    abi_iocb what_{};
    virtual_address where_ = 0;
    refptr<vfs::file> file_, event_;
    io_vector list_;
    list_hook hook_;
};

/// What io_setup(2) makes: requests under way, and the ring in which their events appear.
///
/// The ring lies in the application's memory, where libaio takes events out of it by itself: the
/// head belongs to the application as much as to io_getevents(2).
///
/// Locking: `mutex_` guards the list of requests; `ring_mutex_` the end of the ring; `reaping_` is
/// held by who takes events out.
class aio_context final : public ref_counted<aio_context>, public async_user {
public:
    /// @return `errc::out_of_memory`, `errc::again` (no task for the work).
    static result<refptr<aio_context>> create(u32 events, refptr<async_pool> pool) noexcept;
    ~aio_context();

    /// Maps the ring into the calling process. Its address is the number of the context.
    result<void> map() noexcept;
    void unmap() noexcept;
    [[nodiscard]] virtual_address address() const noexcept { return address_; }
    [[nodiscard]] u32 capacity() const noexcept { return capacity_; }
    /// How many requests io_setup(2) was asked for.
    [[nodiscard]] u32 asked_for() const noexcept { return asked_for_; }

    /// One iocb of io_submit(2).
    result<void> submit(virtual_address where) noexcept;
    /// Takes at least `least` events out, waiting until `deadline`.
    /// @return how many; `errc::interrupted`, `errc::bad_address`.
    result<usize> reap(usize least, usize most, virtual_address to, instant deadline) noexcept;
    /// io_cancel(2). @return `errc::in_progress`: its event will tell; `errc::invalid_argument`.
    errc cancel(virtual_address where) noexcept;
    /// Ends what can be ended, waits for the rest. Nothing is taken in any more.
    void close() noexcept;

    void process_leaves() noexcept override;

private:
    friend class ref_counted<aio_context>;
    friend class aio_request;
    aio_context(u32 asked_for, refptr<async_pool> pool) noexcept
        : asked_for_{asked_for}, pool_{std::move(pool)} {}
    void finish(aio_request& r, i64 answer) noexcept;
    [[nodiscard]] u32 ready() const noexcept;
    [[nodiscard]] usize event_at(u32 index) const noexcept;
    result<usize> take_events(usize most, virtual_address to) noexcept;

    const u32 asked_for_;
    u32 capacity_ = 0;
    refptr<async_pool> pool_;
    shared_pages ring_;
    virtual_address address_ = 0;
    sync::mutex mutex_, ring_mutex_, reaping_;
    intrusive_list<aio_request, &aio_request::hook_> requests_;
    std::atomic<u32> under_way_{0}, tail_{0};
    std::atomic<bool> closing_{false};
    sync::wait_queue finished_;
};

}  // namespace osprey::abi
