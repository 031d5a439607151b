// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <net/settings.hh>
#include <net/tcp/fast_open.hh>

namespace osprey::net::tcp {

namespace {
constinit fast_open_cache cache;
}

fast_open_cache& fast_open_cookies() noexcept {
    return cache;
}

fast_open_cache::entry fast_open_cache::find(const ip_address& server) noexcept {
    sync::lock_guard guard{mutex_};
    const entry& e = entries_[place_of(server)];
    return e.server == server ? e : entry{};
}

void fast_open_cache::remember(const entry& e) noexcept {
    sync::lock_guard guard{mutex_};
    entries_[place_of(e.server)] = e;
}

fast_open_cookie make_fast_open_cookie(const hash_key& key, const flow_key& f) noexcept {
    struct {
        ip_address local, remote;
    } input{f.local, f.remote};
    const u64 word =
        siphash({key.k0 ^ 7, key.k1}, {reinterpret_cast<const char*>(&input), sizeof input});
    fast_open_cookie c;
    c.bytes = sizeof word;
    std::memcpy(c.value, &word, sizeof word);
    return c;
}

bool is_right(const fast_open_cookie& c, const hash_key& key, const flow_key& f) noexcept {
    const fast_open_cookie wanted = make_fast_open_cookie(key, f);
    return c.bytes == wanted.bytes && std::memcmp(c.value, wanted.value, wanted.bytes) == 0;
}

bool fast_open_allows(fast_open_setting what) noexcept {
    return net::settings().tcp_fastopen.load(std::memory_order_relaxed) & what;
}

}  // namespace osprey::net::tcp
