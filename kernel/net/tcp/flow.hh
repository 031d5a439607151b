// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/refptr.hh>
#include <net/tcp/flow_key.hh>
#include <sync/mutex.hh>
#include <sync/rcu.hh>

namespace osprey::net::tcp {

struct binding;

/// Something that has a pair of ends, and gets the packets between them: a connection, a handshake
/// of a listener, or what is left of a connection in TIME_WAIT. Found under RCU, so freed a grace
/// period after the last reference went.
class flow : public ref_counted<flow> {
public:
    enum class kind : u8 { connection, request, time_wait };

    flow(kind k) noexcept : what{k} {}
    virtual ~flow() = default;

    // What a look-up reads, in one cache line with the reference count.
    const kind what;
    bool listed = false;  // in the table; its bucket's lock guards it
    u32 hash = 0;
    std::atomic<flow*> next{nullptr};
    flow_key key;

    sync::rcu_head rcu;

private:
    friend class ref_counted<flow>;
    void last_reference_gone() noexcept;
};

/// All flows of the system by both ends. Look-ups run under RCU without locks and touch one bucket
/// and the flows in it; changes lock a 64th of the table.
class flow_table {
public:
    /// @return `errc::out_of_memory`.
    result<void> start() noexcept;
    [[nodiscard]] const hash_key& key() const noexcept { return key_; }
    [[nodiscard]] u32 hash(const flow_key& k) const noexcept;

    /// Context: under RCU; take a reference before leaving it.
    [[nodiscard]] flow* find(const flow_key& k, u32 hash) const noexcept;
    /// Takes a reference of its own. `f.key` and `f.hash` are set. @return false: there is one.
    [[nodiscard]] bool insert(flow& f) noexcept;
    /// Puts `fresh` where `old` is. @return false: `old` is not there any more.
    [[nodiscard]] bool replace(flow& old, flow& fresh) noexcept;
    /// @return whether it was there.
    bool remove(flow& f) noexcept;
    [[nodiscard]] u32 size() const noexcept { return size_.load(std::memory_order_relaxed); }

    /// Calls `visit(flow&)` for each under RCU, for /proc/net/tcp and sock_diag.
    template <typename F>
    void for_each(F&& visit) const noexcept {
        for (u32 i = 0; i <= mask_; ++i) {
            sync::rcu_read_guard reading;
            for (flow* f = buckets_[i].load(std::memory_order_acquire); f;
                 f = f->next.load(std::memory_order_acquire))
                visit(*f);
        }
    }

private:
    static constexpr u32 locks = 64;
    struct stripe {
        sync::mutex mutex{sync::lock_rank::network_configuration};
    };
    std::atomic<flow*>* place_of(flow& f) noexcept;
    std::atomic<flow*>* buckets_ = nullptr;
    u32 mask_ = 0;
    hash_key key_;
    std::atomic<u32> size_{0};
    stripe stripes_[locks];
};

/// The table of the system.
flow_table& flows() noexcept;

}  // namespace osprey::net::tcp
