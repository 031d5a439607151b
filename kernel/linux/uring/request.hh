// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <linux/abi/socket.hh>
#include <linux/abi/uring.hh>
#include <linux/async_pool.hh>
#include <linux/iovec.hh>
#include <linux/poll_trigger.hh>
#include <linux/reply.hh>
#include <linux/shared_pages.hh>
#include <net/socket.hh>
#include <sched/timer.hh>

namespace osprey::abi {

class uring;
class uring_request;

/// IOSQE_*
enum uring_entry_flag : u8 {
    entry_fixed_file = 1,
    entry_drain = 2,
    entry_link = 4,
    entry_hard_link = 8,
    entry_async = 16,
    entry_buffer_select = 32,
    entry_skip_success = 64,
};
/// IORING_CQE_F_*
enum uring_completion_flag : u32 {
    completion_buffer = 1,
    completion_more = 2,
    completion_notification = 8,
};
inline constexpr unsigned completion_buffer_shift = 16;

/// What an operation answers when its request is still under way and will be finished by others.
inline constexpr i64 uring_pending = i64{1} << 62;

/// What the kernel knows of an operation (IORING_OP_*).
struct uring_operation {
    reply (*run)(uring_request& r) noexcept;
    /// Poll events that let the operation go on when it would have to wait; 0: none can.
    u32 events = 0;
    bool needs_file = false;
    /// Is a device waited for, which only a task of the pool should do? Null: never.
    bool (*slow)(uring_request& r) noexcept = nullptr;
};
/// Null: there is no such operation.
const uring_operation* find_operation(u8 opcode) noexcept;

/// One request of a ring, from its submission to its completion.
class uring_request final : public async_work, public poll_trigger {
public:
    uring_request(uring& owner, const abi_uring_sqe& sqe) noexcept;
    ~uring_request();

    /// Tries the operation without waiting, and sees to it that it goes on later if it must.
    void issue() noexcept;
    /// In the pool: the whole operation, however long it takes.
    void run() noexcept override;
    [[nodiscard]] bool is_linked() const noexcept {
        return sqe.flags & (entry_link | entry_hard_link);
    }

    const refptr<uring> ring;
    const abi_uring_sqe sqe;
    u64 user_data;
    refptr<vfs::file> file;  // found when it is issued

    // What the operation remembers between its attempts
    io_vector list;
    bool prepared = false;
    abi_msghdr header{};
    net::socket_address name;
    u64 address = 0;  // of the data: as submitted, or of the buffer chosen
    u32 length = 0;
    i32 buffer_id = -1;
    u32 poll_events = 0;
    u32 completion_flags = 0;
    bool multishot = false;
    bool connecting = false;

    // Guarded by the ring's mutex
    enum class stage : u8 { issuing, deferred, armed, timing, working };
    stage where = stage::issuing;
    bool cancelled = false, begun = false, counted_in = false;
    sched::thread* worker = nullptr;
    uring_request* link = nullptr;  // what comes after it
    /// IORING_OP_LINK_TIMEOUT of this request, and the other way round.
    uring_request* timeout = nullptr;
    uring_request* timed = nullptr;
    u32 counts_to = 0;  // IORING_OP_TIMEOUT: completions that end it
    bool counted = false;

    struct clock final : sched::timer {
        explicit clock(uring_request& r) noexcept : timer{&rung}, request{r} {}
        static void rung(sched::timer& self) noexcept;
        uring_request& request;
    };
    clock alarm{*this};
    std::atomic<bool> claimed{false};  // who sets it ends a request that waits for its time
    instant deadline;

    std::atomic<uring_request*> next_ready{nullptr};
    list_hook hook;

private:
    void fired() noexcept override;
    result<void> find_file() noexcept;
    void try_once(bool in_pool) noexcept;
    [[nodiscard]] bool may_poll(const uring_operation& op) const noexcept;
};

}  // namespace osprey::abi
