; SPDX-License-Identifier: BSD-3-Clause
global _start
section .text
_start: mov eax, 1
        mov edi, 1
        lea rsi, [rel text]
        mov edx, size
        syscall
%rep 5
        inc ebx
%endrep
        mov eax, 60
        xor edi, edi
        syscall
section .rodata
text:   db "hello", 10
size    equ $ - text
