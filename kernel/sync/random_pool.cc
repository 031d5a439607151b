// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <arch/per_cpu.hh>
#include <base/chacha.hh>
#include <cstring>
#include <sync/mutex.hh>
#include <sync/random_pool.hh>

namespace osprey {

namespace {

struct pool {
    random_generator generator;
};
constinit sync::guarded<pool> the_pool;
constinit std::atomic<u32> pool_generation{1};

/// A CPU's own generator: used with preemption off, so it needs no lock.
struct local_generator {
    random_generator generator;
    u32 generation = 0;
};
OSPREY_PER_CPU(local_generator, local);

/// Gives the generator of the CPU we happen to be on fresh key material.
void reseed() noexcept {
    u8 material[32];
    const u32 generation = pool_generation.load(std::memory_order_acquire);
    the_pool.with([&material](pool& p) { p.generator.fill(material); });
    arch::preempt_guard guard;
    local.mine().generator.seed(material);
    local.mine().generation = generation;
}

}  // namespace

void random_bytes(void* to, usize bytes) noexcept {
    u8* next = static_cast<u8*>(to);
    while (bytes != 0) {
        u8 part[128];
        const usize n = std::min(bytes, sizeof part);
        bool fresh;
        {
            arch::preempt_guard guard;
            local_generator& mine = local.mine();
            fresh = mine.generation == pool_generation.load(std::memory_order_relaxed);
            if (fresh)
                mine.generator.fill({part, n});
        }
        if (!fresh) {
            reseed();
            continue;
        }
        std::memcpy(next, part, n);
        next += n;
        bytes -= n;
    }
}

u64 random_number() noexcept {
    u64 value;
    random_bytes(&value, sizeof value);
    return value;
}

void add_entropy(std::span<const u8> entropy) noexcept {
    the_pool.with([entropy](pool& p) { p.generator.seed(entropy); });
    pool_generation.fetch_add(1, std::memory_order_release);
}

}  // namespace osprey
