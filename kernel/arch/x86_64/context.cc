// SPDX-License-Identifier: BSD-3-Clause
#include <arch/context.hh>
#include <arch/cpu.hh>
#include <arch/fpu.hh>
#include <arch/machine.hh>
#include <arch/paging.hh>
#include <arch/traps.hh>

namespace osprey::arch {

extern "C" {
void switch_stacks(u64* save, u64 stack_pointer) noexcept;  // entry.S
void first_entry() noexcept;
}

u64 thread_pointer() noexcept {
    if (!has_fsgsbase())
        return read_msr(msr::fs_base);
    u64 base;
    asm volatile("rdfsbase %0" : "=r"(base));
    return base;
}

void set_thread_pointer(u64 fs_base) noexcept {
    if (has_fsgsbase())
        asm volatile("wrfsbase %0" ::"r"(fs_base));
    else
        write_msr(msr::fs_base, fs_base);
}

void switch_context(thread_context& from, thread_context& to) noexcept {
    if (from.fpu) {
        fpu_save(from.fpu);
        from.thread_pointer = thread_pointer();
    }
    if (to.fpu) {
        fpu_load(to.fpu);
        set_thread_pointer(to.thread_pointer);
    }
    // The same table is loaded and in use: whoever changes a running thread's table loads it, too.
    if (raw(to.page_table) == 0)
        enter_lazy_page_table();
    else if (to.page_table != from.page_table)
        load_page_table(to.page_table);
    switch_stacks(&from.stack_pointer, to.stack_pointer);
}

void prepare_kernel_entry(thread_context& context, u64 stack_top, void (*entry)(void*),
                          void* argument) noexcept {
    // The top of the stack is where the application's frame goes (`application_frame`): code that
    // fills it in must not run on it. Below, what switch_stacks pops: r15 r14 r13 r12 rbx rbp,
    // return address.
    u64* stack = reinterpret_cast<u64*>(stack_top - sizeof(register_frame)) - 7;
    stack[0] = stack[1] = stack[4] = stack[5] = 0;
    stack[2] = reinterpret_cast<u64>(argument);
    stack[3] = reinterpret_cast<u64>(entry);
    stack[6] = reinterpret_cast<u64>(first_entry);
    context.stack_pointer = reinterpret_cast<u64>(stack);
}

register_frame& application_frame() noexcept {
    return reinterpret_cast<register_frame*>(this_cpu().kernel_stack_top)[-1];
}

void enter_application(const register_frame& frame) noexcept {
    disable_interrupts();
    register_frame& place = application_frame();
    if (&place != &frame) {
        const register_frame copy = frame;
        place = copy;
    }
    place.cs = code_selector;
    place.ss = data_selector;
    continue_application(place);
}

}  // namespace osprey::arch
