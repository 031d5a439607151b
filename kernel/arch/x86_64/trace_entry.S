// SPDX-License-Identifier: BSD-3-Clause
// What sites of tracepoints lead to. All registers stay as they are.

        .text
        .macro fire_entry name, arguments
        .balign 16
        .globl \name
\name:
        pushq %rax
        pushq %r11
        pushq %r10
        pushq %r9
        pushq %r8
        pushq %rcx
        pushq %rdx
        pushq %rsi
        pushq %rdi
        \arguments
        movq 72(%rsp), %rdx             // where it was called
        movq %rbp, %rcx
        call trace_fire
        popq %rdi
        popq %rsi
        popq %rdx
        popq %rcx
        popq %r8
        popq %r9
        popq %r10
        popq %r11
        popq %rax
        ret
        .endm
        fire_entry trace_fire_entry, "leaq 8(%rsp), %rsi"
        fire_entry trace_fire_entry_long, ""

// One piece of ten bytes for each event: counts it on this CPU.
        .globl trace_counters
trace_counters:
        event = 0
        .rept 448
        incq %gs:trace_counts_at + 8 * event
        ret
        event = event + 1
        .endr
trace_counters_end:
        .if (trace_counters_end - trace_counters) != 448 * 10
        .error "a counter has not ten bytes"
        .endif

        .section .note.GNU-stack, "", @progbits
