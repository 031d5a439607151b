// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdlib>
#include <cstring>
#include <fs/erofs/block_source.hh>
#include <span>

namespace test {

/// An image in memory. Every pinned block is a copy of its own, so that the address sanitizer sees
/// each step outside; `pins` tells whether all came back.
class memory_source final : public osprey::fs::erofs::block_source {
public:
    explicit memory_source(std::span<const osprey::u8> bytes) : bytes_{bytes} {}
    osprey::u64 blocks() const noexcept override { return bytes_.size() / 4096; }
    osprey::result<const osprey::u8*> pin(osprey::u64 block) noexcept override {
        if (block >= blocks())
            std::abort();
        auto* copy = static_cast<osprey::u8*>(std::malloc(4096));
        std::memcpy(copy, bytes_.data() + block * 4096, 4096);
        ++pins;
        return copy;
    }
    void unpin(const osprey::u8* data) noexcept override {
        std::free(const_cast<osprey::u8*>(data));
        --pins;
    }
    osprey::result<void> read(osprey::u64 first, void* const* to,
                              osprey::usize count) noexcept override {
        ++reads;
        for (osprey::usize i = 0; i < count; ++i) {
            if (first + i >= blocks())
                std::abort();
            std::memcpy(to[i], bytes_.data() + (first + i) * 4096, 4096);
        }
        return osprey::ok;
    }
    long pins = 0;
    long reads = 0;

private:
    std::span<const osprey::u8> bytes_;
};

}  // namespace test
