// SPDX-License-Identifier: BSD-3-Clause
// PVH entry: 32-bit protected mode, paging off, EBX = physical address of the start information
// (Xen docs/misc/pvh.pandoc). Switches to long mode with early page tables and calls start_kernel.
//
// The early tables show the first GB of physical memory three times: at 0 (for the few
// instructions until the jump to the high half), at the direct map, and the first 4 MB at the
// kernel's link address. map_kernel_image() then gives the image its W^X protection.

#define KERNEL_OFFSET 0xffffffff80000000
#define PHYSICAL(symbol) ((symbol) - KERNEL_OFFSET)

#define PVH_MAGIC 0x336ec578
#define MSR_EFER 0xc0000080
#define EFER_LONG_MODE (1 << 8)
#define EFER_NO_EXECUTE (1 << 11)
#define CR0_WANTED 0x80010033  // PG WP NE ET MP PE
#define CR4_WANTED 0x6a0       // PAE PGE OSFXSR OSXMMEXCPT
#define CPUID_EXTENDED 0x80000000
#define CPUID_LONG_MODE (1 << 29)
#define CPUID_NO_EXECUTE (1 << 20)
#define COM1 0x3f8
#define DEBUG_EXIT_PORT 0x501  // as in boot/power.cc
#define CRASHED 0x3f
#define PRESENT 1
#define WRITABLE 2
#define LARGE 0x80
#define GLOBAL 0x100
#define BOOT_STACK_SIZE 16384

        // Entry point for -kernel of QEMU and other PVH loaders: XEN_ELFNOTE_PHYS32_ENTRY.
        .section .note.pvh, "a", @note
        .balign 4
        .long 4, 8, 18
        .asciz "Xen"
        .quad PHYSICAL(pvh_entry)

        .section .text.boot, "ax"
        .code32
        .globl pvh_entry
pvh_entry:
        cld
        cli
        cmpl $PVH_MAGIC, (%ebx)
        jne not_pvh

        // What the next steps need: without it they would reset the machine without a word
        movl %ebx, %ebp  // CPUID overwrites EBX
        movl $CPUID_EXTENDED, %eax
        cpuid
        cmpl $(CPUID_EXTENDED | 1), %eax
        jb no_long_mode
        movl $(CPUID_EXTENDED | 1), %eax
        cpuid
        testl $CPUID_LONG_MODE, %edx
        jz no_long_mode
        testl $CPUID_NO_EXECUTE, %edx
        jz no_execute_disable
        movl %ebp, %ebx

        // Direct map and identity map of the first GB: 512 pages of 2 MB
        movl $PHYSICAL(boot_low_directory), %edi
        movl $(PRESENT | WRITABLE | LARGE | GLOBAL), %eax
1:      movl %eax, (%edi)
        movl $0, 4(%edi)
        addl $8, %edi
        addl $0x200000, %eax
        cmpl $PHYSICAL(boot_low_directory + 4096), %edi
        jne 1b

        movl $PHYSICAL(boot_low_directory + PRESENT + WRITABLE), %eax
        movl %eax, PHYSICAL(boot_low_pointers)
        movl %eax, PHYSICAL(boot_direct_pointers)
        movl $PHYSICAL(boot_low_pointers + PRESENT + WRITABLE), PHYSICAL(boot_root)
        movl $PHYSICAL(boot_direct_pointers + PRESENT + WRITABLE), PHYSICAL(boot_root + 256 * 8)
        movl $0x80000000, PHYSICAL(boot_root + 256 * 8 + 4)  // the direct map is not executable

        // The kernel image in the top 2 GB, and the window for early device mappings
        movl $PHYSICAL(boot_image_pointers + PRESENT + WRITABLE), PHYSICAL(boot_root + 511 * 8)
        movl $PHYSICAL(boot_image_directory + PRESENT + WRITABLE), %eax
        movl %eax, PHYSICAL(boot_image_pointers + 510 * 8)
        movl $(PRESENT | WRITABLE | LARGE | GLOBAL), PHYSICAL(boot_image_directory)
        movl $(PRESENT | WRITABLE | LARGE | GLOBAL | 0x200000), PHYSICAL(boot_image_directory + 8)
        movl $PHYSICAL(boot_window_directory + PRESENT + WRITABLE), %eax
        movl %eax, PHYSICAL(boot_image_pointers + 511 * 8)
        movl $PHYSICAL(boot_window_table + PRESENT + WRITABLE), PHYSICAL(boot_window_directory)

        movl $CR4_WANTED, %eax
        movl %eax, %cr4
        movl $PHYSICAL(boot_root), %eax
        movl %eax, %cr3
        movl $MSR_EFER, %ecx
        movl $(EFER_LONG_MODE | EFER_NO_EXECUTE), %eax
        xorl %edx, %edx
        wrmsr
        movl $CR0_WANTED, %eax
        movl %eax, %cr0
        lgdt PHYSICAL(boot_gdt_pointer)
        ljmp $8, $PHYSICAL(1f)

        .code64
1:      movq $high_half, %rax
        jmp *%rax
high_half:
        movl $16, %eax
        movl %eax, %ss
        xorl %eax, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %fs
        movl %eax, %gs
        movq $boot_stack_top, %rsp
        xorl %ebp, %ebp
        movl %ebx, %edi
        call start_kernel
1:      hlt
        jmp 1b

        // Nothing but COM1 is there to say so (which needs no set-up under a hypervisor).
        .code32
not_pvh:
        movl $PHYSICAL(not_pvh_message), %esi
        jmp refuse
no_long_mode:
        movl $PHYSICAL(no_long_mode_message), %esi
        jmp refuse
no_execute_disable:
        movl $PHYSICAL(no_execute_disable_message), %esi
refuse: movl $COM1, %edx
1:      lodsb
        testb %al, %al
        jz 2f
        outb %al, %dx
        jmp 1b
2:      movl $DEBUG_EXIT_PORT, %edx
        movb $CRASHED, %al
        outb %al, %dx
3:      hlt
        jmp 3b

        .section .rodata.boot, "a"
not_pvh_message:
        .asciz "osprey: this kernel boots by the PVH protocol only\r\n"
no_long_mode_message:
        .asciz "kernel panic: this CPU has no 64-bit mode (CPUID: lm)\r\n"
no_execute_disable_message:
        .asciz "kernel panic: this CPU cannot protect data from execution (CPUID: nx)\r\n"
        .balign 8
boot_gdt:
        .quad 0
        .quad 0x00af9b000000ffff  // 64-bit code, ring 0
        .quad 0x00cf93000000ffff  // data, ring 0
boot_gdt_pointer:
        .word 23
        .long PHYSICAL(boot_gdt)

        .section .bss.page_aligned, "aw", @nobits
        .balign 4096
        .globl boot_root, boot_low_pointers, boot_image_directory, boot_window_table
        .globl boot_image_tables
boot_root:              .skip 4096
boot_low_pointers:      .skip 4096
boot_direct_pointers:   .skip 4096
boot_low_directory:     .skip 4096
boot_image_pointers:    .skip 4096
boot_image_directory:   .skip 4096
boot_image_tables:      .skip 2 * 4096
boot_window_directory:  .skip 4096
boot_window_table:      .skip 4096
        // Unmapped by map_kernel_image(): the guard page of the boot stack
        .globl boot_stack_guard, boot_stack_top
boot_stack_guard:       .skip 4096
boot_stack:             .skip BOOT_STACK_SIZE
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
