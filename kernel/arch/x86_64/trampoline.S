// SPDX-License-Identifier: BSD-3-Clause
// Where other CPUs begin: copied to a page below 1 MB, entered in real mode at its start with
// CS = page number << 8 (Intel SDM vol. 3A §9.4.4). Goes from real mode straight to long mode with
// the kernel's page table, which shows the page at its physical address meanwhile.

#define OFFSET(symbol) ((symbol) - trampoline_start)

        .section .rodata.trampoline, "a"
        .globl trampoline_start, trampoline_end
        .globl trampoline_root, trampoline_cr4, trampoline_far_target, trampoline_table
        .balign 16
        .code16
trampoline_start:
        cli
        cld
        movw %cs, %ax
        movw %ax, %ds
        lgdtl OFFSET(trampoline_table)
        movl OFFSET(trampoline_cr4), %eax
        movl %eax, %cr4
        movl OFFSET(trampoline_root), %eax
        movl %eax, %cr3
        movl $0xc0000080, %ecx          // EFER: SCE, LME, NXE
        movl $0x901, %eax
        xorl %edx, %edx
        wrmsr
        movl $0x80010033, %eax          // CR0: PG WP NE ET MP PE
        movl %eax, %cr0
        ljmpl *OFFSET(trampoline_far_target)

        .code64
        .globl trampoline_long_mode
trampoline_long_mode:
        movq $secondary_entry, %rax
        jmp *%rax

        // Filled in by the boot CPU
        .balign 8
trampoline_root:        .long 0
trampoline_cr4:         .long 0
trampoline_far_target:  .long 0
                        .word 8
                        .balign 8
trampoline_descriptors: .quad 0
                        .quad 0x00af9b000000ffff
                        .quad 0x00cf93000000ffff
trampoline_table:       .word 23
                        .long 0
trampoline_end:

        // In the kernel's half: finds this CPU's slot by its APIC id
        .section .text.entry, "ax"
secondary_entry:
        movl $16, %eax
        movl %eax, %ss
        xorl %eax, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %fs
        movl %eax, %gs
        movl $1, %eax
        cpuid
        shrl $24, %ebx
        movl %ebx, %r8d
        xorl %eax, %eax
        cpuid
        cmpl $0xb, %eax
        jb 1f
        movl $0xb, %eax                 // the 32-bit x2APIC id, if the leaf is filled in
        xorl %ecx, %ecx
        cpuid
        testl %ebx, %ebx
        jz 1f
        movl %edx, %r8d
1:      movq secondary_slots, %rdi
        movl secondary_slot_count, %ecx
2:      subl $1, %ecx
        js 3f                           // nobody expects this CPU
        cmpl %r8d, (%rdi)               // struct secondary_slot: id, stack_top
        je 4f
        addq $32, %rdi
        jmp 2b
3:      cli
        hlt
        jmp 3b
4:      movq 8(%rdi), %rsp
        xorl %ebp, %ebp
        call start_secondary_cpu
        ud2

        .section .note.GNU-stack, "", @progbits
