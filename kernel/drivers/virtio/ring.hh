// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/types.hh>
#include <optional>
#include <span>

namespace osprey::drivers::virtio {

/// Feature bits of every device (virtio 1.2 §6).
enum feature : u8 {
    feature_indirect = 28,
    feature_event_index = 29,
    feature_version_1 = 32,
};

/// One stretch of memory as the device sees it.
struct segment {
    u64 address;  // physical
    u32 bytes;
};

/// Entry of a descriptor table (§2.7.5).
struct descriptor {
    u64 address;
    u32 bytes;
    u16 flags;
    u16 next;
};
static_assert(sizeof(descriptor) == 16);
inline constexpr u16 descriptor_chained = 1, descriptor_device_writes = 2, descriptor_indirect = 4;

/// A split virtqueue (§2.7), the driver's side of it: memory and indexes only, so that it runs on
/// the host against a pretended device. Not thread safe, but for `has_used`.
///
/// The layout is the one that legacy devices demand (§2.7.2) and modern ones accept.
class ring {
public:
    static constexpr usize alignment = page_size;
    static constexpr u16 most_entries = 32768;

    /// Bytes of memory for a queue of `entries`.
    static constexpr usize bytes_for(u16 entries) noexcept {
        return used_offset(entries) + align_up(6 + 8 * usize{entries}, alignment);
    }

    ring() noexcept = default;
    ring(const ring&) = delete;

    /// Takes zeroed memory of `bytes_for(entries)` bytes, page aligned. `entries`: a power of two.
    void open(void* memory, u16 entries, u64 features) noexcept;

    /// Where the device finds the three parts, as offsets into the memory.
    [[nodiscard]] usize driver_area() const noexcept { return sizeof(descriptor) * entries_; }
    [[nodiscard]] usize device_area() const noexcept { return used_offset(entries_); }

    [[nodiscard]] u16 entries() const noexcept { return entries_; }
    [[nodiscard]] u16 free_entries() const noexcept { return free_; }
    [[nodiscard]] bool can_use_indirect() const noexcept { return indirect_; }

    /// Offers a chain: first what the device reads, then what it writes. `token` comes back with
    /// the completion. @return false when there are not enough free entries.
    bool add(std::span<const segment> device_reads, std::span<const segment> device_writes,
             u32 token) noexcept;
    /// The same through a table of descriptors at physical address `table_address`, visible here
    /// as `table`: takes one entry only. The table stays untouched until completion.
    bool add_indirect(descriptor* table, u64 table_address, std::span<const segment> device_reads,
                      std::span<const segment> device_writes, u32 token) noexcept;

    /// Makes the chains added since the last call visible. @return whether the device wants to be
    /// notified (§2.7.13).
    bool publish() noexcept;

    struct completion {
        u32 token;
        u32 bytes;  // written by the device
    };
    /// Was something added that `publish` has not shown yet?
    [[nodiscard]] bool has_unpublished() const noexcept { return published_ != next_available_; }
    /// Chains that the device has not used, of those it could see before the last `publish`.
    [[nodiscard]] u16 unused_before_publish() const noexcept {
        return static_cast<u16>(published_before_ -
                                std::atomic_ref{used_->index}.load(std::memory_order_acquire));
    }
    /// The next chain that the device is done with. What a broken device returns twice is ignored.
    std::optional<completion> take() noexcept;

    /// Is there something to take? Any thread, any context.
    [[nodiscard]] bool has_used() const noexcept {
        return std::atomic_ref{used_->index}.load(std::memory_order_acquire) !=
               seen_.load(std::memory_order_relaxed);
    }
    /// Asks for an interrupt at the next completion. @return false when one is here already, for
    /// which no interrupt may come.
    bool enable_interrupt() noexcept;
    void disable_interrupt() noexcept;

private:
    struct available_area {
        u16 flags;
        u16 index;
        u16 ring[];  // and used_event behind it
    };
    struct used_entry {
        u32 id;
        u32 bytes;
    };
    struct used_area {
        u16 flags;
        u16 index;
        used_entry ring[];  // and avail_event behind it
    };
    static constexpr usize used_offset(u16 entries) noexcept {
        return align_up(sizeof(descriptor) * entries + 6 + 2 * usize{entries}, alignment);
    }
    [[nodiscard]] u16& used_event() noexcept { return available_->ring[entries_]; }
    [[nodiscard]] u16 avail_event() const noexcept;
    u16 take_entry() noexcept;
    /// What was written before is seen by the device before anything is read after.
    void fence() const noexcept {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (extra_fence_) [[unlikely]]
            extra_fence_(extra_fence_context_);
    }
    void make_available(u16 head, u16 length, u32 token) noexcept;

    struct chain {
        u32 token;
        u16 length;  // entries; 0: not in flight
    };
    descriptor* table_ = nullptr;
    available_area* available_ = nullptr;
    used_area* used_ = nullptr;
    chain* chains_ = nullptr;  // by head
    u16 entries_ = 0;
    u16 free_ = 0;
    u16 first_free_ = 0;
    u16 next_available_ = 0;
    u16 published_ = 0;
    u16 published_before_ = 0;
    std::atomic<u16> seen_{0};
    bool indirect_ = false;
    bool event_index_ = false;
    void (*extra_fence_)(void*) noexcept = nullptr;
    void* extra_fence_context_ = nullptr;

public:
    /// Bytes that `chains` needs for a queue; given to `open` through `set_book_keeping`.
    static constexpr usize book_keeping_bytes(u16 entries) noexcept {
        return sizeof(chain) * entries;
    }
    /// For machines whose fences do not reach the device: run after each. Before `open`.
    using extra_fence = void (*)(void* context) noexcept;
    void set_extra_fence(extra_fence f, void* context) noexcept {
        extra_fence_ = f;
        extra_fence_context_ = context;
    }
    /// Memory of the driver's own for what is in flight, zeroed. Before `open`.
    void set_book_keeping(void* memory) noexcept { chains_ = static_cast<chain*>(memory); }
};

}  // namespace osprey::drivers::virtio
