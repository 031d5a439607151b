// SPDX-License-Identifier: BSD-3-Clause
// The only instructions of the kernel that touch application memory. Each has an entry in the
// exception table: a fault that nobody resolves continues at the label named there.
#include <arch/user_access.hh>
#include <bit>

namespace osprey::arch {
namespace {

// One exception-table entry: instruction at label 1, continue at the operand `target`
#define ON_FAULT(label)                \
    ".pushsection .extable, \"a\"\n\t" \
    ".long 1b - ., %l[" #label         \
    "] - .\n\t"                        \
    ".popsection\n\t"

constexpr usize short_copy = 64;

template <typename T>
bool load(const void* from, T& value) noexcept {
    T loaded;
    asm goto("1: mov %[from], %[value]\n\t" ON_FAULT(failed)
             : [value] "=r"(loaded)
             : [from] "m"(*static_cast<const T*>(from))
             :
             : failed);
    value = loaded;
    return true;
failed:
    return false;
}

/// `rep movsq` and `rep movsb`; the counters tell how far they got. What fails in words is tried
/// again in bytes, so that all bytes before the fault are copied, as on Linux.
usize copy_long(void* to, const void* from, usize bytes) noexcept {
    usize words = bytes / 8, rest = bytes % 8;
    asm volatile(
        "1: rep movsq\n\t"
        "movq %[rest], %%rcx\n"
        "2: rep movsb\n\t"
        "xorl %k[rest], %k[rest]\n\t"
        "jmp 5f\n"
        "3: leaq (%[rest], %%rcx, 8), %%rcx\n\t"
        "jmp 2b\n"
        "4: movq %%rcx, %[rest]\n"
        "5:\n\t"
        ".pushsection .extable, \"a\"\n\t"
        ".long 1b - ., 3b - .\n\t"
        ".long 2b - ., 4b - .\n\t"
        ".popsection"
        : "+D"(to), "+S"(from), "+c"(words), [rest] "+r"(rest)
        :
        : "memory", "cc");
    return rest;
}

/// A loop of 8-byte moves, then single bytes: for short copies, where starting a string
/// instruction costs more than the copy.
usize copy_short(void* to, const void* from, usize bytes) noexcept {
    u64 data;
    asm volatile(
        "cmpq $8, %[left]\n\t"
        "jb 3f\n"
        "1: movq (%[from]), %[data]\n"
        "2: movq %[data], (%[to])\n\t"
        "addq $8, %[from]\n\t"
        "addq $8, %[to]\n\t"
        "subq $8, %[left]\n\t"
        "cmpq $8, %[left]\n\t"
        "jae 1b\n"
        "3: testq %[left], %[left]\n\t"
        "jz 6f\n"
        "4: movb (%[from]), %b[data]\n"
        "5: movb %b[data], (%[to])\n\t"
        "incq %[from]\n\t"
        "incq %[to]\n\t"
        "decq %[left]\n\t"
        "jnz 4b\n"
        "6:\n\t"
        ".pushsection .extable, \"a\"\n\t"
        ".long 1b - ., 4b - .\n\t"
        ".long 2b - ., 4b - .\n\t"
        ".long 4b - ., 6b - .\n\t"
        ".long 5b - ., 6b - .\n\t"
        ".popsection"
        : [to] "+r"(to), [from] "+r"(from), [left] "+r"(bytes), [data] "=&q"(data)
        :
        : "memory", "cc");
    return bytes;
}

}  // namespace

usize copy_user(void* destination, const void* source, usize bytes) noexcept {
    if (bytes <= short_copy)
        return copy_short(destination, source, bytes);
    return copy_long(destination, source, bytes);
}

usize zero_user(void* destination, usize bytes) noexcept {
    usize words = bytes / 8, rest = bytes % 8;
    asm volatile(
        "1: rep stosq\n\t"
        "movq %[rest], %%rcx\n"
        "2: rep stosb\n\t"
        "xorl %k[rest], %k[rest]\n\t"
        "jmp 5f\n"
        "3: leaq (%[rest], %%rcx, 8), %%rcx\n\t"
        "jmp 2b\n"
        "4: movq %%rcx, %[rest]\n"
        "5:\n\t"
        ".pushsection .extable, \"a\"\n\t"
        ".long 1b - ., 3b - .\n\t"
        ".long 2b - ., 4b - .\n\t"
        ".popsection"
        : "+D"(destination), "+c"(words), [rest] "+r"(rest)
        : "a"(u64{0})
        : "memory", "cc");
    return rest;
}

i64 user_string_length(const char* text, usize limit) noexcept {
    constexpr u64 ones = 0x0101'0101'0101'0101;
    // Aligned words never reach into a page that the string does not touch
    const usize skipped = reinterpret_cast<u64>(text) % 8;
    const char* at = text - skipped;
    u64 ignored = skipped == 0 ? 0 : (u64{1} << 8 * skipped) - 1;  // bytes before the start
    for (usize length = 0; length < limit + skipped; length += 8) {
        u64 word;
        if (!load(at + length, word))
            return -1;
        word |= ignored;
        ignored = 0;
        if (const u64 zeros = (word - ones) & ~word & (ones << 7)) {
            const usize found = length + static_cast<usize>(std::countr_zero(zeros)) / 8 - skipped;
            return static_cast<i64>(found < limit ? found : limit);
        }
    }
    return static_cast<i64>(limit);
}

bool user_load(u32* address, u32& value) noexcept {
    return load(address, value);
}

bool user_compare_exchange(u32* address, u32& expected, u32 desired, bool& exchanged) noexcept {
    u32 seen = expected;
    bool equal;
    asm goto(
        "1: lock cmpxchgl %[desired], %[word]\n\t"
        "setz %[equal]\n\t" ON_FAULT(failed)
        : [word] "+m"(*address), "+a"(seen), [equal] "=q"(equal)
        : [desired] "r"(desired)
        : "cc", "memory"
        : failed);
    exchanged = equal;
    if (!equal)
        expected = seen;
    return true;
failed:
    return false;
}

}  // namespace osprey::arch
