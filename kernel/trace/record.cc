// SPDX-License-Identifier: BSD-3-Clause
// What happens when an event fires. Interrupts are off and nothing in here has a tracepoint, so
// each CPU's ring has one writer at a time.
#include <arch/call_chain.hh>
#include <arch/clock.hh>
#include <arch/cpu.hh>
#include <arch/trace_site.hh>
#include <cstring>
#include <trace/buffer.hh>
#include <trace/current.hh>
#include <trace/event.hh>
#include <trace/writer.hh>

namespace osprey::trace {
namespace {

constexpr usize longest_text = 256;  // of one field
constexpr usize longest_chain = 48, shortest_user_chain = 8;

// Flags of a record's header, as Linux has them
constexpr u8 flag_need_resched = 0x04, flag_interrupt = 0x08;

/// Puts a record together in this CPU's buffer and writes it.
class record {
public:
    record(cpu_buffer& buffer, u32 id) noexcept : buffer_{buffer} {
        const current_thread current = describe_current();
        const arch::cpu_block& cpu = arch::this_cpu();
        const auto thread = static_cast<i32>(current.thread);
        if (thread != buffer.last_thread) {
            note_name(thread, current.name);
            buffer.last_thread = thread;
        }
        const record_header header{static_cast<u16>(id),
                                   static_cast<u8>((cpu.need_resched ? flag_need_resched : 0) |
                                                   (cpu.interrupt_depth ? flag_interrupt : 0)),
                                   static_cast<u8>(cpu.preempt_count), thread};
        std::memcpy(bytes(), &header, sizeof header);
        end_ = sizeof header;
    }

    void put(usize offset, const void* from, usize size) noexcept {
        std::memcpy(bytes() + offset, from, size);
    }
    /// Fields of fixed size first, then the texts that they refer to.
    void put_fields(u64 kinds, const u64* words) noexcept {
        usize tail = end_;
        for (u64 k = kinds; k != 0; k >>= 4)
            place_field(tail, static_cast<field_kind>(k & 15));
        for (u64 k = kinds; k != 0; k >>= 4, ++words) {
            const auto kind = static_cast<field_kind>(k & 15);
            const usize before = end_;
            const u16 at = place_field(end_, kind);
            std::memset(bytes() + before, 0, at - before);
            if (kind != field_kind::comm && kind != field_kind::text) {
                put(at, words, size_of(kind));
                continue;
            }
            const auto& text = *reinterpret_cast<const std::string_view*>(*words);
            const usize most = kind == field_kind::comm ? 15 : longest_text;
            const usize length = text.size() < most ? text.size() : most;
            if (kind == field_kind::comm) {
                std::memset(bytes() + at, 0, 16);
                put(at, text.data(), length);
                continue;
            }
            if (tail + length + 1 > room)
                continue;
            const u32 where = static_cast<u32>(tail | (length + 1) << 16);
            put(at, &where, sizeof where);
            put(tail, text.data(), length);
            bytes()[tail + length] = 0;
            tail += length + 1;
        }
        end_ = tail;
    }
    void put_chain(u32 number, std::span<const u64> callers, usize least) noexcept {
        put(end_, &number, sizeof number);
        end_ += 2 * sizeof number;
        put(end_, callers.data(), callers.size_bytes());
        end_ += callers.size_bytes();
        for (usize i = callers.size(); i < least; ++i, end_ += sizeof(u64))
            std::memset(bytes() + end_, 0, sizeof(u64));
    }
    void put_text(u64 from, std::string_view text) noexcept {
        put(end_, &from, sizeof from);
        end_ += sizeof from;
        const usize length = text.size() < room - end_ - 1 ? text.size() : room - end_ - 1;
        put(end_, text.data(), length);
        end_ += length;
        bytes()[end_++] = 0;
    }
    void write(u64 now) noexcept {
        while (end_ % sizeof(u32) != 0)
            bytes()[end_++] = 0;
        buffer_.records.write(buffer_.record, end_, now);
    }

private:
    static constexpr usize room = ring::longest_record - sizeof(u64);
    u8* bytes() noexcept { return reinterpret_cast<u8*>(buffer_.record); }
    cpu_buffer& buffer_;
    usize end_;
};

cpu_buffer* open_buffer() noexcept {
    return recording() ? own_buffer.mine() : nullptr;
}

}  // namespace

void write_kernel_chain(std::span<const u64> callers) noexcept {
    if (cpu_buffer* buffer = open_buffer()) {
        record r{*buffer, kernel_stack_id};
        r.put_chain(static_cast<u32>(callers.size()), callers, 0);
        r.write(arch::now().ns);
    }
}

void write_user_chain(u32 process, std::span<const u64> callers) noexcept {
    if (cpu_buffer* buffer = open_buffer()) {
        record r{*buffer, user_stack_id};
        r.put_chain(process, callers, shortest_user_chain);
        r.write(arch::now().ns);
    }
}

void write_event(u32 event, u64 kinds, const u64* words) noexcept {
    if (cpu_buffer* buffer = open_buffer()) {
        record r{*buffer, first_event_id + event};
        r.put_fields(kinds, words);
        r.write(arch::now().ns);
    }
}

namespace {

void write_chain_of(const origin& from) noexcept {
    u64 chain[longest_chain] = {from.instruction};
    write_kernel_chain(
        {chain, 1 + arch::kernel_callers(from.frame_pointer, std::span{chain}.subspan(1))});
}

void write_chain_of_application() noexcept {
    const current_thread current = describe_current();
    u64 chain[longest_chain];
    if (current.application)
        write_user_chain(current.process,
                         {chain, arch::application_callers(*current.application, chain)});
}

}  // namespace

void fire(u32 event, u64 kinds, const u64* words, const origin& from) noexcept {
    arch::irq_guard quiet;
    const u8 mode = mode_of(event);
    if (mode & mode_count)
        ++arch::own_event_count(event);
    if (mode & mode_record)
        write_event(event, kinds, words);
    if (mode & mode_stack || (mode & mode_record && option_set(option::stacktrace)))
        write_chain_of(from);
    if (mode & mode_record && option_set(option::userstacktrace))
        write_chain_of_application();
}

void write_marker(std::string_view text) noexcept {
    arch::irq_guard quiet;
    if (cpu_buffer* buffer = open_buffer()) {
        record r{*buffer, print_id};
        r.put_text(reinterpret_cast<u64>(&write_marker), text);
        r.write(arch::now().ns);
    }
}

/// From trace_entry.S: a site of `point` that is switched on; `words` are its arguments.
extern "C" void trace_fire(const tracepoint& point, const u64* words, u64 site,
                           u64 frame_pointer) noexcept {
    fire(event_of(point), point.kinds, words, {site, frame_pointer});
}

}  // namespace osprey::trace
