// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/types.hh>
#include <base/vector.hh>
#include <net/packet.hh>
#include <span>
#include <sync/rcu.hh>

namespace osprey::net {

/// One instruction of the classic packet filter (S. McCanne and V. Jacobson, "The BSD Packet
/// Filter", 1993; struct sock_filter).
struct filter_instruction {
    u16 code;
    u8 jump_true, jump_false;
    u32 constant;
};
static_assert(sizeof(filter_instruction) == 8);

/// What a filter looks at: the packet's bytes from where the socket begins to see them, and what
/// Linux offers at negative offsets (SKF_AD_*).
struct filter_input {
    std::span<const u8> linear;  // the contiguous bytes in front
    u32 bytes = 0;               // of the whole packet
    const packet* rest = nullptr;
    u32 rest_offset = 0;     // where in `rest` the first byte of `linear` is
    u32 network_offset = 0;  // SKF_NET_OFF: the IP header, from `linear`'s first byte
    u16 ether_type = 0;      // host order
    u8 packet_kind = 0;      // PACKET_HOST…
    u32 device = 0;          // index of the interface
    u16 device_type = 0;     // ARPHRD_*
    u32 mark = 0, hash = 0;
};

/// A checked program. Immutable.
class socket_filter {
public:
    static constexpr usize most_instructions = 4096;  // BPF_MAXINSNS

    /// Checks what the interpreter relies on: known instructions, jumps forward and inside,
    /// constant divisors and shifts that are possible, a return at the end.
    /// @return `errc::invalid_argument`, `errc::out_of_memory`.
    static result<unique_ptr<socket_filter>> create(
        std::span<const filter_instruction> program) noexcept;

    /// @return how many bytes of the packet to keep; 0: drop. Loads outside the packet end the
    /// program with 0. Context: any; terminates, since jumps only go forward.
    [[nodiscard]] u32 run(const filter_input& packet) const noexcept;
    [[nodiscard]] std::span<const filter_instruction> program() const noexcept {
        return program_.span();
    }

    sync::rcu_head rcu;

private:
    template <typename T, typename... Args>
    friend result<unique_ptr<T>> osprey::make_unique(Args&&... args) noexcept;
    socket_filter() noexcept = default;
    vector<filter_instruction> program_;
};

}  // namespace osprey::net
