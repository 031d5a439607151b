// SPDX-License-Identifier: BSD-3-Clause
// How the processor enters the kernel: interrupts and exceptions, and SYSCALL.
//
// Application and kernel run in ring 0, so the processor never changes stacks by privilege. Every
// gate therefore names an IST stack: a frame pushed at the interrupted rsp would destroy the red
// zone of the application. The stub moves the frame to the thread's kernel stack at once and
// leaves the IST stack free for the next entry: handlers may fault, sleep and nest.

#define KERNEL_STACK_SIZE 16384
#define STACK_RESERVE 768       // what must be left for the frame and the first handler
#define GUARD_SIZE 4096

// struct register_frame
#define R15 0
#define R14 8
#define R13 16
#define R12 24
#define RBP 32
#define RBX 40
#define R11 48
#define R10 56
#define R9 64
#define R8 72
#define RAX 80
#define RCX 88
#define RDX 96
#define RSI 104
#define RDI 112
#define VECTOR 120
#define ERROR 128
#define RIP 136
#define CS 144
#define RFLAGS 152
#define RSP 160
#define SS 168
#define FRAME_SIZE 176

// struct cpu_block
#define CPU_CURRENT 8
#define CPU_STACK_TOP 16
#define CPU_SCRATCH 24
#define CPU_EMERGENCY_STACK 56

        .section .text.entry, "ax"

// One stub of 8 bytes per vector. The byte is sign-extended, the common path masks it.
        .balign 16
        .globl interrupt_stubs
interrupt_stubs:
        vector = 0
        .rept 256
        .balign 8
        pushq $(vector & 0x7f) - (vector & 0x80)
        // vectors for which the processor pushes an error code (Intel SDM vol. 3A table 6-1)
        .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30
        jmp entry_with_error
        .else
        jmp entry_without_error
        .endif
        vector = vector + 1
        .endr

// IST stack: vector, rip, cs, rflags, rsp, ss. Makes room for the error code's word.
        .balign 16
entry_without_error:
        pushq (%rsp)                    // vector again, one lower
        movq $0, 8(%rsp)
entry_with_error:
        pushq %rax
        pushq %rdx
        // rdx 0, rax 8, vector 16, error 24, rip 32, cs 40, rflags 48, rsp 56, ss 64
        cld
        movq 56(%rsp), %rax
        cmpq $0, 32(%rsp)
        jge from_application            // application code
        testq %rax, %rax
        jns from_application            // kernel address called from application code

        // Kernel code: go on below it, if its stack has room
        movq %gs:CPU_STACK_TOP, %rdx
        subq %rax, %rdx
        cmpq $(KERNEL_STACK_SIZE - STACK_RESERVE), %rdx
        jbe 1f
        cmpq $(KERNEL_STACK_SIZE + GUARD_SIZE), %rdx
        ja 1f                           // another stack: boot, crash report
        movq %gs:CPU_EMERGENCY_STACK, %rax
1:      andq $-16, %rax
        jmp copy_frame
from_application:
        movq %gs:CPU_STACK_TOP, %rax

copy_frame:                             // rax: end of the new frame
        movq 64(%rsp), %rdx
        movq %rdx, (SS - FRAME_SIZE)(%rax)
        movq 56(%rsp), %rdx
        movq %rdx, (RSP - FRAME_SIZE)(%rax)
        movq 48(%rsp), %rdx
        movq %rdx, (RFLAGS - FRAME_SIZE)(%rax)
        movq 40(%rsp), %rdx
        movq %rdx, (CS - FRAME_SIZE)(%rax)
        movq 32(%rsp), %rdx
        movq %rdx, (RIP - FRAME_SIZE)(%rax)
        movq 24(%rsp), %rdx
        movq %rdx, (ERROR - FRAME_SIZE)(%rax)
        movzbl 16(%rsp), %edx
        movq %rdx, (VECTOR - FRAME_SIZE)(%rax)
        movq 8(%rsp), %rdx
        movq %rdx, (RAX - FRAME_SIZE)(%rax)
        movq (%rsp), %rdx
        leaq -FRAME_SIZE(%rax), %rsp
        movq %rdx, RDX(%rsp)
        movq %rdi, RDI(%rsp)
        movq %rsi, RSI(%rsp)
        movq %rcx, RCX(%rsp)
        movq %r8, R8(%rsp)
        movq %r9, R9(%rsp)
        movq %r10, R10(%rsp)
        movq %r11, R11(%rsp)
        movq %rbx, RBX(%rsp)
        movq %rbp, RBP(%rsp)
        movq %r12, R12(%rsp)
        movq %r13, R13(%rsp)
        movq %r14, R14(%rsp)
        movq %r15, R15(%rsp)
        movq %rsp, %rdi
        call handle_trap

// Goes back to what `rsp` describes, all registers included. Interrupts off.
        .globl restore_frame
restore_frame:
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        popq %r11
        popq %r10
        popq %r9
        popq %r8
        popq %rax
        popq %rcx
        popq %rdx
        popq %rsi
        popq %rdi
        addq $16, %rsp
        .globl restore_iret
restore_iret:
        iretq

// NMI, double fault and machine check stay on their own stacks: anything may be broken, and they
// must not use the bounce stack, which may be in use.
        .macro own_stack_entry name, vector, has_error
        .globl \name
        .balign 16
\name:
        .if !\has_error
        pushq $0
        .endif
        pushq $\vector
        pushq %rdi
        pushq %rsi
        pushq %rdx
        pushq %rcx
        pushq %rax
        pushq %r8
        pushq %r9
        pushq %r10
        pushq %r11
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        cld
        movq %rsp, %rdi
        call handle_severe_trap
        jmp restore_frame
        .endm
        own_stack_entry nmi_entry, 2, 0
        own_stack_entry double_fault_entry, 8, 1
        own_stack_entry machine_check_entry, 18, 0

// SYSCALL from ring 0 to ring 0: rcx = rip, r11 = rflags, interrupts off, rsp the application's.
// Every instruction here is counted (`make bench`). What of the frame is constant or a copy (rcx,
// r11, the selectors, vector and error) is filled in when somebody wants to see it:
// complete_system_call_frame. The callee-saved registers are stored for those who read the frame;
// on the way back they are still what they were, unless the frame was replaced, which sets
// return_work.
        .balign 64
        .globl system_call_entry
system_call_entry:
        movq %rsp, %gs:CPU_SCRATCH
        movq %gs:CPU_STACK_TOP, %rsp
        leaq -FRAME_SIZE(%rsp), %rsp
        movq %rcx, RIP(%rsp)
        movq %r11, RFLAGS(%rsp)
        movq %rdi, RDI(%rsp)
        movq %rsi, RSI(%rsp)
        movq %rdx, RDX(%rsp)
        movq %rax, RAX(%rsp)
        movq %r8, R8(%rsp)
        movq %r9, R9(%rsp)
        movq %r10, R10(%rsp)
        movq %rbx, RBX(%rsp)
        movq %rbp, RBP(%rsp)
        movq %r12, R12(%rsp)
        movq %r13, R13(%rsp)
        movq %r14, R14(%rsp)
        movq %r15, R15(%rsp)
        movq %gs:CPU_SCRATCH, %rcx
        movq %rcx, RSP(%rsp)
        sti

        // The ring of past calls: 16 records of 64 bytes; the index counts in sixteenths of 256
        movq %gs:CPU_CURRENT, %rbx
        addb $16, task_history_at(%rbx)
        movzbl task_history_at(%rbx), %r12d
        movq %rax, task_history_number(%rbx,%r12,4)
        movq %rdi, task_history_arguments(%rbx,%r12,4)
        movq %rsi, task_history_arguments+8(%rbx,%r12,4)
        movq %rdx, task_history_arguments+16(%rbx,%r12,4)

        cmpq $system_call_limit, %rax
        jae system_call_unknown
        movq %r10, %rcx
        xorl %ebp, %ebp
        call *system_call_handlers(,%rax,8)

system_call_answer:
        movq %rax, task_history_result(%rbx,%r12,4)
        cmpq $-512, %rax                // errc::restart_*
        jle system_call_work
        cli
        cmpl $0, thread_return_work(%rbx)
        jne system_call_work
        movq RFLAGS(%rsp), %r11
        testl $0x54500, %r11d           // TF DF NT RF AC: only IRETQ sets them
        jnz system_call_work
        movq RBX(%rsp), %rbx
        movq RBP(%rsp), %rbp
        movq R12(%rsp), %r12
        movq R10(%rsp), %r10
        movq R9(%rsp), %r9
        movq R8(%rsp), %r8
        movq RDX(%rsp), %rdx
        movq RSI(%rsp), %rsi
        movq RDI(%rsp), %rdi
        movq %rax, %rcx
        // Arithmetic flags as they were: AH takes SF ZF AF PF CF, an addition sets OF
        movl %r11d, %eax
        shll $8, %eax
        btl $11, %r11d
        adcb $127, %al
        sahf
        movq %rcx, %rax
        movq RIP(%rsp), %rcx
        movq RSP(%rsp), %rsp
        // Interrupts stay off until the instruction after STI is done: none can come while the
        // kernel still runs on the application's stack.
        sti
        jmp *%rcx

system_call_work:
        cli
        movq %rax, RAX(%rsp)
        movq %rsp, %rdi
        call finish_system_call
        jmp restore_frame

system_call_unknown:
        xorl %ebp, %ebp
        call system_call_missing
        jmp system_call_answer

// void enter_frame(const register_frame*): interrupts off, the frame lies on this kernel stack
        .globl enter_frame
enter_frame:
        movq %rdi, %rsp
        jmp restore_frame

// void switch_stacks(u64* save_rsp, u64 new_rsp)
        .balign 16
        .globl switch_stacks
switch_stacks:
        pushq %rbp
        pushq %rbx
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        movq %rsp, (%rdi)
        movq %rsi, %rsp
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbx
        popq %rbp
        ret

// First return of switch_stacks on a new stack: r12 = entry, r13 = argument
        .globl first_entry
first_entry:
        xorl %ebp, %ebp
        movq %r13, %rdi
        call *%r12
        ud2

        .section .note.GNU-stack, "", @progbits
