// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/hash.hh>
#include <base/refptr.hh>
#include <net/address.hh>
#include <net/tcp/flow_key.hh>
#include <net/tcp/segment.hh>
#include <sync/mutex.hh>

namespace osprey::net::tcp {

/// Cookies that servers gave to this machine, by the server's address; the oldest of a place gives
/// way. Context: threads; takes a lock of `lock_rank::network_configuration`.
class fast_open_cache {
public:
    struct entry {
        ip_address server;
        fast_open_cookie cookie{};
        u32 peer_mss = 0;
    };
    /// @return an entry without a cookie when there is none.
    [[nodiscard]] entry find(const ip_address& server) noexcept;
    void remember(const entry& e) noexcept;

private:
    static constexpr u32 places = 64;
    static u32 place_of(const ip_address& a) noexcept {
        return static_cast<u32>(mix(a.low(), a.high()) % places);
    }
    sync::mutex mutex_{sync::lock_rank::network_configuration};
    entry entries_[places];
};
fast_open_cache& fast_open_cookies() noexcept;

/// What a server gives to a client: nothing is remembered of it (RFC 7413 §4.1.2).
fast_open_cookie make_fast_open_cookie(const hash_key& key, const flow_key& f) noexcept;
[[nodiscard]] bool is_right(const fast_open_cookie& c, const hash_key& key,
                            const flow_key& f) noexcept;

/// How many connections of one listener may be open before their handshake is over (§5.1): spoofed
/// SYNs with stolen cookies cost memory. Shared by the listener and those connections.
struct fast_open_budget : ref_counted<fast_open_budget> {
    std::atomic<u32> most{0}, used{0};
    [[nodiscard]] bool take() noexcept {
        if (used.fetch_add(1) < most.load(std::memory_order_relaxed))
            return true;
        used.fetch_sub(1);
        return false;
    }
    void give_back() noexcept { used.fetch_sub(1); }
};

/// Bits of net.ipv4.tcp_fastopen.
enum fast_open_setting : u32 {
    fast_open_client = 1,
    fast_open_server = 2,
    fast_open_all_listeners = 0x400,
};
[[nodiscard]] bool fast_open_allows(fast_open_setting what) noexcept;

}  // namespace osprey::net::tcp
