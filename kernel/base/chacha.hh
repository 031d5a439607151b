// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <base/types.hh>
#include <span>

namespace osprey {

/// One block of the ChaCha20 key stream (RFC 8439 §2.3).
void chacha20_block(const std::array<u32, 8>& key, u32 counter, const std::array<u32, 3>& nonce,
                    std::span<u8, 64> out) noexcept;

/// Deterministic random generator with fast key erasure (D. J. Bernstein, 2017): each refill makes
/// the key of the next one first, so what was handed out cannot be computed from the present state.
/// Not thread safe: one per CPU or behind a lock. Unseeded, it is a constant sequence: the layer
/// above seeds it and knows whether that was enough.
class random_generator {
public:
    constexpr random_generator() noexcept = default;

    /// Mixes `entropy` into the key; never makes it weaker.
    void seed(std::span<const u8> entropy) noexcept;
    void fill(std::span<u8> out) noexcept;
    u64 next() noexcept;

private:
    void refill() noexcept;
    std::array<u32, 8> key_{};
    std::array<u8, 480> pool_{};  // not handed out yet: the last `left_` bytes
    usize left_ = 0;
};

}  // namespace osprey
