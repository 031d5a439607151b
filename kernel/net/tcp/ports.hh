// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <net/tcp/flow_key.hh>
#include <sync/mutex.hh>

namespace osprey::net::tcp {

/// How a socket holds a local port: what decides whether another one may hold it as well
/// (socket(7), SO_REUSEADDR and SO_REUSEPORT).
struct hold {
    ip_address address;    // `::` or 0.0.0.0: any
    bool v6_only = false;  // `::` without the IPv4 half
    bool reuse_address = false, reuse_port = false;
    bool listening = false;
    bool automatic = false;  // taken by connect(2): shared with every other such
    u32 uid = 0, device = 0;
    constexpr bool operator==(const hold&) const = default;
};

/// All sockets that hold one port in the same way. They are few kinds, however many connections
/// there are.
struct binding {
    binding* next = nullptr;
    hold how;
    u16 port = 0;
    u32 count = 0;
};

/// Who holds which TCP port. Context: threads; one lock for all (`network_configuration`).
class port_table {
public:
    /// Takes `port`, or any free one of the local range (RFC 6056 §3.3.1: random) if that is 0.
    /// @return `errc::address_in_use`, `errc::out_of_memory`.
    result<binding*> bind(u16 port, const hold& how) noexcept;
    /// As `bind`, but conflicts do not matter: connections that a listener accepted.
    result<binding*> share(u16 port, const hold& how) noexcept;
    /// A hold of another kind instead of `b`, on the same port: listen(2), SO_REUSEADDR.
    /// @return `errc::address_in_use`: `b` stays.
    result<binding*> change(binding* b, const hold& how) noexcept;
    /// For connect(2): calls `try_port(port)`, which says whether the flow is free, until it does,
    /// for ports that nobody bound himself. @return `errc::address_not_available`.
    template <typename F>
    result<binding*> choose(const hold& how, F&& try_port) noexcept {
        u32 first, span;
        local_range(first, span);
        const u32 start = random_offset(span);
        for (u32 i = 0; i < span; ++i) {
            const auto port = static_cast<u16>(first + (start + i) % span);
            binding* b = TRY(share_automatic(port, how));
            if (!b)
                continue;
            if (try_port(port))
                return b;
            release(b);
        }
        return errc::address_not_available;
    }
    void release(binding* b) noexcept;

private:
    static constexpr u32 buckets = 1024;
    static void local_range(u32& first, u32& span) noexcept;
    static u32 random_offset(u32 span) noexcept;
    [[nodiscard]] bool conflicts(u16 port, const hold& how, const binding* except) const noexcept;
    [[nodiscard]] result<binding*> add(u16 port, const hold& how) noexcept;
    /// Null: somebody bound it.
    result<binding*> share_automatic(u16 port, const hold& how) noexcept;
    void drop(binding* b) noexcept;

    sync::mutex mutex_{sync::lock_rank::network_configuration};
    binding* table_[buckets] = {};
};

port_table& ports() noexcept;

}  // namespace osprey::net::tcp
