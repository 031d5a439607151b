// SPDX-License-Identifier: BSD-3-Clause
// The vDSO's ELF file as data of the kernel; vdso.so is made by vdso/vdso.cmake.
        .section .rodata.vdso_image, "a"
        .balign 16
        .globl vdso_image_start, vdso_image_end
vdso_image_start:
        .incbin "vdso.so"
vdso_image_end:
        .section .note.GNU-stack, "", @progbits
