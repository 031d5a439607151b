// SPDX-License-Identifier: BSD-3-Clause
// The events of system calls. They have no sites in the code: while one is on, the table of
// handlers leads its call through `traced` (dispatch.cc).
#include <arch/paging.hh>
#include <arch/trace_site.hh>
#include <arch/user_access.hh>
#include <linux/call_events.hh>
#include <memory/user_pointer.hh>
#include <trace/buffer.hh>
#include <trace/event.hh>

namespace osprey::abi {
namespace {

using trace::field_kind;

field_kind kind_of(const argument& a) noexcept {
    switch (a.kind) {
        case argument_kind::text:
            return field_kind::text;
        case argument_kind::signed_number:
        case argument_kind::descriptor:
        case argument_kind::directory:
        case argument_kind::process:
        case argument_kind::signal:
            return field_kind::i64_number;
        case argument_kind::unsigned_number:
            return field_kind::u64_number;
        default:
            return field_kind::address;
    }
}

field_kind kind_of_result(const call& c) noexcept {
    return c.result == result_kind::address ? field_kind::address : field_kind::i64_number;
}

u64 kinds_of(const call& c) noexcept {
    u64 kinds = static_cast<u8>(field_kind::i32_number);
    unsigned shift = 4;
    for (const argument& a : c.arguments) {
        kinds |= u64{static_cast<u8>(kind_of(a))} << shift;
        shift += 4;
    }
    return kinds | u64{static_cast<u8>(kind_of_result(c))} << shift;
}

bool describe_call_event(u32 number, trace::layout& out) noexcept {
    const call* c = describe(number);
    if (!c)
        return false;
    out = {};
    out.system = "syscalls";
    out.name = c->event_name();
    out.add("nr", field_kind::i32_number);
    std::string_view parameters = c->parameters;
    for (const argument& a : c->arguments)
        out.add(trace::next_parameter_name(parameters), kind_of(a));
    out.add("ret", kind_of_result(*c));
    return true;
}

/// Copies a string of the application, cut off; if it cannot be read it is empty.
std::string_view copy_text(u64 where, char* room, usize size) noexcept {
    if (where == 0 || where >= arch::application_limit)
        return {};
    const i64 length = arch::user_string_length(reinterpret_cast<const char*>(where), size);
    if (length <= 0 || !memory::copy_from_user(room, where, static_cast<usize>(length)))
        return {};
    return {room, static_cast<usize>(length)};
}

}  // namespace

void set_up_call_events(void (*change)() noexcept) noexcept {
    static_assert(call_limit + arch::site_event_capacity <= arch::event_capacity);
    trace::set_call_events({static_cast<u32>(call_limit), describe_call_event, change});
}

bool call_event_on(u64 number) noexcept {
    return number < call_limit && trace::calls().limit != 0 &&
           trace::mode_of(trace::event_of_call(static_cast<u32>(number))) != trace::mode_off;
}

call_event::call_event(const arch::register_frame& frame) noexcept
    : call_{nullptr}, number_{frame.syscall_number()} {
    if (!call_event_on(number_) || !(call_ = describe(number_)))
        return;
    words_[0] = number_;
    usize texts = 0;
    for (unsigned i = 0; i < call_->arguments.size(); ++i) {
        const argument& a = call_->arguments[i];
        u64& word = words_[1 + i];
        word = frame.syscall_argument(i);
        const field_kind kind = kind_of(a);
        if (kind == field_kind::text) {
            std::string_view& text = views_[texts];
            text = copy_text(word, texts_[texts], longest_text);
            ++texts;
            word = reinterpret_cast<u64>(&text);
        } else if (a.narrow) {
            word = kind == field_kind::i64_number
                       ? static_cast<u64>(static_cast<i64>(static_cast<i32>(word)))
                       : static_cast<u32>(word);
        }
    }
}

void call_event::fire(i64 result) noexcept {
    if (!call_)
        return;
    words_[1 + call_->arguments.size()] = static_cast<u64>(result);
    trace::fire(trace::event_of_call(static_cast<u32>(number_)), kinds_of(*call_), words_,
                {reinterpret_cast<u64>(__builtin_return_address(0)),
                 *static_cast<const u64*>(__builtin_frame_address(0))});
}

}  // namespace osprey::abi
