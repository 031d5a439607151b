# SPDX-License-Identifier: BSD-3-Clause
# Turns `nm -n -C --defined-only` of the first link into the kernel's symbol table: addresses in
# ascending order and short names, without parameters, template arguments and the common namespace.
BEGIN {
    count = 0
    print "        .section .symbols, \"a\"\n        .balign 4"
    print "        .globl kernel_symbol_count, kernel_symbol_offsets, kernel_symbol_text"
    print "        .globl kernel_symbol_marks"
    print "kernel_symbol_offsets:"
}
$2 ~ /^[tTwW]$/ && $1 != last && $3 !~ /^\.L/ {
    last = $1
    name = $0
    sub(/^[^ ]+ [^ ]+ /, "", name)
    gsub(/ \[clone [^]]*\]/, "", name)
    gsub(/\(anonymous namespace\)::/, "", name)
    gsub(/osprey::/, "", name)
    gsub(/operator\(\)/, "call", name)
    gsub(/operator<=>/, "operator spaceship", name)
    gsub(/operator(<<|<=|<)/, "operator less", name)
    gsub(/operator(->|>>|>=|>)/, "operator greater", name)
    while (sub(/<[^<>]*>/, "", name)) {}
    while (sub(/\{lambda\([^{}]*\)#[0-9]+\}/, "lambda", name)) {}
    sub(/\(.*$/, "", name)
    sub(/^.* /, "", name)
    gsub(/[\\"]/, "", name)
    names[count] = substr(name, 1, 64)
    printf "        .long 0x%s - 0xffffffff80000000\n", $1
    ++count
}
END {
    print "kernel_symbol_count:\n        .long " count
    print "kernel_symbol_text:"
    for (i = 0; i < count; ++i)
        printf "        .asciz \"%s\"\n", names[i]
    print "        .balign 4\nkernel_symbol_marks:"
    for (i = 0; i < count; ++i) {
        if (i % 64 == 0)
            print "        .long " bytes + 0
        bytes += length(names[i]) + 1
    }
    print "        .section .note.GNU-stack, \"\", @progbits"
}
