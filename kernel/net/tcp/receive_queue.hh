// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/vector.hh>
#include <net/packet.hh>
#include <net/tcp/sequence.hh>

namespace osprey::net::tcp {

/// What one packet costs in memory: its object, its frames in part.
inline u32 memory_of(const packet& p) noexcept {
    return p.bytes() + static_cast<u32>(sizeof(packet));
}

/// Received payload on its way to the application: packets in order, and out-of-order ones as
/// contiguous *runs* sorted by sequence number (few, however many packets they hold), which are
/// also what SACK reports (RFC 2018). Payload is not touched before `read`. Not thread safe.
class receive_queue {
public:
    static constexpr usize most_runs = 128;

    receive_queue() noexcept = default;
    receive_queue(const receive_queue&) = delete;
    ~receive_queue();

    /// Where the stream begins. Before anything is inserted.
    void start(sequence_number first) noexcept { next_ = read_ = first; }
    /// First byte that has not arrived, and first that has not been read.
    [[nodiscard]] sequence_number next() const noexcept { return next_; }
    [[nodiscard]] sequence_number read_position() const noexcept { return read_; }
    [[nodiscard]] u32 readable() const noexcept { return next_ - read_; }
    [[nodiscard]] u32 memory() const noexcept { return memory_; }
    [[nodiscard]] u32 out_of_order_memory() const noexcept { return run_memory_; }
    [[nodiscard]] usize runs() const noexcept { return runs_.size(); }

    /// Takes payload that begins at `sequence`; what is there already is cut off.
    /// @return false: dropped, because too many runs or no memory.
    bool insert(packet_ptr p, sequence_number sequence) noexcept;
    /// The SACK blocks to report, most recent first (RFC 2018 §4). @return how many.
    u8 report(sequence_range* blocks, u8 most) const noexcept;

    /// Copies up to `n` readable bytes from `offset` behind the reading position.
    /// @return `errc::bad_address`.
    result<usize> peek(vfs::io_buffer& to, u32 offset, usize n) const noexcept;
    /// One byte of what is readable.
    [[nodiscard]] u8 byte_at(u32 offset) const noexcept;
    /// Forgets `n` readable bytes.
    void consume(u32 n) noexcept;
    /// Takes the next packet itself, for readers that keep packets (splice).
    packet_ptr take() noexcept;

    /// Memory is short: gives up out-of-order packets, the farthest first, until they need at most
    /// `bytes`. Their SACKed data will be sent again (RFC 2018 §8 allows it).
    [[gnu::cold, gnu::noinline]] void prune(u32 bytes) noexcept;
    /// Moves small packets that are in order together into whole frames.
    [[gnu::cold, gnu::noinline]] void collapse() noexcept;

private:
    struct run {
        sequence_number begin, end;
        packet *first, *last;
        u32 stamp;  // when it grew last
    };
    void append_in_order(packet_ptr p) noexcept;
    [[gnu::cold, gnu::noinline]] void absorb_runs() noexcept;
    [[gnu::cold, gnu::noinline]] bool insert_run(packet_ptr p, sequence_number begin) noexcept;
    [[gnu::cold, gnu::noinline]] void drop_run(usize i) noexcept;
    [[gnu::cold, gnu::noinline]] void join_runs(usize i) noexcept;
    void charge(const packet& p, bool run) noexcept;
    void discharge(const packet& p, bool run) noexcept;

    packet* first_ = nullptr;  // in order
    packet* last_ = nullptr;
    vector<run> runs_;
    sequence_number next_ = 0, read_ = 0;
    u32 memory_ = 0, run_memory_ = 0;
    u32 stamp_ = 0;
};

}  // namespace osprey::net::tcp
