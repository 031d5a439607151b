// SPDX-License-Identifier: BSD-3-Clause
// What follows the entry stubs: exceptions, and the way back.
#include <arch/backtrace.hh>
#include <arch/context.hh>
#include <arch/cpu.hh>
#include <arch/interrupts.hh>
#include <arch/local_apic.hh>
#include <arch/machine.hh>
#include <arch/traps.hh>
#include <arch/user_access.hh>
#include <atomic>
#include <base/format.hh>

namespace osprey::arch {
namespace {

constexpr u64 flag_interrupt = 0x200;
constexpr u64 error_present = 1, error_write = 2, error_reserved_bit = 8, error_fetch = 16;
constinit std::atomic<bool> stopping{false};

constexpr unsigned vector_nmi = 2, vector_breakpoint = 3, vector_general_protection = 13;

/// An instruction that may fault on application memory, and where to go on if it does.
struct fixup {
    i32 instruction, target;  // relative to their own place
};

extern "C" {
extern const fixup extable_start[], extable_end[];
extern char restore_iret[];
[[noreturn]] void enter_frame(register_frame* frame) noexcept;
}

/// Goes back to application code? Also when that called an address in the kernel's half.
bool interrupted_application(const register_frame& frame) noexcept {
    return frame.from_application() || static_cast<i64>(frame.rsp) >= 0;
}

bool apply_fixup(register_frame& frame) noexcept {
    for (const fixup* f = extable_start; f != extable_end; ++f) {
        const u64 instruction = reinterpret_cast<u64>(&f->instruction) + f->instruction;
        if (instruction == frame.rip) {
            frame.rip = reinterpret_cast<u64>(&f->target) + f->target;
            return true;
        }
    }
    return false;
}

/// Interrupts off on entry and on return.
void work_before_application(register_frame& frame) noexcept {
    for (;;) {
        // Looked up each time: `reschedule` may come back on another CPU.
        if (sched::thread* self = current_thread();
            self && head_of(self).return_work.load(std::memory_order_relaxed) != 0)
            handle_return_work(frame);
        else if (this_cpu().need_resched && this_cpu().preempt_count == 0)
            reschedule();
        else
            return;
    }
}

void leave(register_frame& frame) noexcept {
    if (interrupted_application(frame)) {
        work_before_application(frame);
        return;
    }
    const cpu_block& cpu = this_cpu();
    if (cpu.need_resched && cpu.preempt_count == 0 && cpu.interrupt_depth == 0 &&
        (frame.rflags & flag_interrupt))
        reschedule();
}

bool in_stack_guard(const register_frame& frame) noexcept {
    const u64 used = this_cpu().kernel_stack_top - frame.rsp;
    constexpr u64 reserve = 768;  // as in entry.S
    return !interrupted_application(frame) && used > kernel_stack_bytes - reserve &&
           used <= kernel_stack_bytes + page_size;
}

/// IRETQ refused the registers meant for the application: they make the exception its own.
[[noreturn]] void fail_return(const register_frame& frame) noexcept {
    register_frame copy = frame;
    const u64* wanted = reinterpret_cast<const u64*>(frame.rsp);
    copy.rip = wanted[0];
    copy.rflags = wanted[2] | flag_interrupt;
    copy.rsp = wanted[3];
    register_frame& place = reinterpret_cast<register_frame*>(this_cpu().kernel_stack_top)[-1];
    place = copy;
    enable_interrupts();
    handle_application_trap(place, 0);
    disable_interrupts();
    continue_application(place);
}

void handle_exception(register_frame& frame, u64 address) noexcept {
    if (frame.vector == vector_breakpoint && is_kernel_text(frame.rip) && pass_trace_site(frame))
        return;
    if (in_stack_guard(frame)) [[unlikely]]
        handle_fatal_trap(frame, "kernel stack overflow");
    if (frame.vector == vector_page_fault && !(frame.error_code & error_reserved_bit)) {
        const page_fault fault{address, (frame.error_code & error_write) != 0,
                               (frame.error_code & error_fetch) != 0,
                               (frame.error_code & error_present) != 0};
        if (handle_page_fault(frame, fault) == trap_verdict::handled)
            return;
    }
    if (interrupted_application(frame)) {
        handle_application_trap(frame, address);
        return;
    }
    if (is_kernel_text(frame.rip) && apply_fixup(frame))
        return;
    if (frame.rip == reinterpret_cast<u64>(restore_iret))
        fail_return(frame);
    fixed_text<160> text;
    format_to(text, "{} in kernel code", exception_name(frame.vector));
    if (frame.vector == vector_page_fault)
        format_to(text, ", {} {:#x}", frame.error_code & error_write ? "writing" : "reading",
                  address);
    handle_fatal_trap(frame, text.view());
}

}  // namespace

const char* exception_name(u64 vector) noexcept {
    static constexpr const char* names[] = {"divide error",
                                            "debug exception",
                                            "NMI",
                                            "breakpoint",
                                            "overflow",
                                            "bound exceeded",
                                            "invalid opcode",
                                            "no FPU",
                                            "double fault",
                                            "coprocessor overrun",
                                            "invalid TSS",
                                            "segment not present",
                                            "stack fault",
                                            "general protection fault",
                                            "page fault",
                                            "reserved exception",
                                            "x87 exception",
                                            "alignment check",
                                            "machine check",
                                            "SIMD exception",
                                            "virtualisation exception",
                                            "control protection"};
    return vector < std::size(names) ? names[vector] : "exception";
}

/// From entry.S: interrupts off, `frame` on the thread's kernel stack.
extern "C" void handle_trap(register_frame& frame) noexcept {
    if (frame.vector >= exception_count) {
        handle_interrupt(frame);
    } else {
        const u64 address = frame.vector == vector_page_fault ? read_cr2() : 0;
        if (frame.rflags & flag_interrupt)
            enable_interrupts();
        handle_exception(frame, address);
        disable_interrupts();
    }
    leave(frame);
}

/// From entry.S, on a stack of their own: NMI, double fault, machine check.
extern "C" void handle_severe_trap(register_frame& frame) noexcept {
    if (frame.vector == vector_nmi && stopping.load(std::memory_order_relaxed))
        halt_forever();
    const u64 top = this_cpu().kernel_stack_top;
    const u64 used = top - frame.rsp;
    if (used > kernel_stack_bytes - page_size && used <= kernel_stack_bytes + page_size)
        handle_fatal_trap(frame, "kernel stack overflow (double fault)");
    handle_fatal_trap(frame, exception_name(frame.vector));
}

void stop_other_cpus() noexcept {
    stopping.store(true, std::memory_order_relaxed);
    if (cpu_count() > 1)
        local_apic::send_nmi_to_others();
}

void complete_system_call_frame(register_frame& frame) noexcept {
    frame.rcx = frame.rip;  // what SYSCALL leaves there
    frame.r11 = frame.rflags;
    frame.vector = register_frame::syscall_vector;
    frame.error_code = 0;
    frame.cs = code_selector;
    frame.ss = data_selector;
}

void replace_system_call_frame(const register_frame& frame) noexcept {
    register_frame& place = application_frame();
    if (&place != &frame)
        place = frame;
    head_of(current_thread()).return_work.fetch_or(frame_replaced, std::memory_order_relaxed);
}

/// From entry.S when a system call has more to do than to return. Interrupts off.
extern "C" void finish_system_call(register_frame& frame) noexcept {
    thread_head& me = head_of(current_thread());
    if (me.return_work.load(std::memory_order_relaxed) & frame_replaced) {
        me.return_work.fetch_and(~frame_replaced, std::memory_order_relaxed);
    } else {
        complete_system_call_frame(frame);
        handle_system_call_answer(frame);
    }
    work_before_application(frame);
}

void continue_application(register_frame& frame) noexcept {
    work_before_application(frame);
    enter_frame(&frame);
}

}  // namespace osprey::arch
