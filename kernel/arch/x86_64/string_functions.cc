// SPDX-License-Identifier: BSD-3-Clause
// The C functions that compilers call by name. Large blocks go to `rep movsb`/`rep stosb` where the
// CPU does those by cache line (ERMS), but not under QEMU's translator, which runs them byte by
// byte although it announces ERMS. Vector registers belong to the application, so the loops move
// 8 bytes at a time.
#include <arch/string_functions.hh>
#include <base/types.hh>

#include <cpuid.h>
#include <bit>

namespace {

using osprey::u16;
using osprey::u32;
using osprey::u64;
using osprey::u8;
using osprey::usize;

/// An integer at any address, whatever type the memory has.
template <typename T>
struct [[gnu::packed, gnu::may_alias]] unaligned {
    T value;
};
using word = u64;
using half_word = u32;
using quarter_word = u16;

constinit bool fast_string_instructions = false;
constexpr usize string_instruction_threshold = 512;  // starting one costs some 30 cycles

template <typename T>
T load(const void* p, usize offset) noexcept {
    return reinterpret_cast<const unaligned<T>*>(static_cast<const u8*>(p) + offset)->value;
}
template <typename T>
void store(void* p, usize offset, T value) noexcept {
    reinterpret_cast<unaligned<T>*>(static_cast<u8*>(p) + offset)->value = value;
}

/// Copies 0…16 bytes by loads and stores that overlap in the middle; source is read before
/// anything is written.
[[gnu::always_inline]] inline void copy_up_to_16(void* to, const void* from, usize n) noexcept {
    if (n >= 8) {
        const u64 a = load<word>(from, 0), b = load<word>(from, n - 8);
        store<word>(to, 0, a), store<word>(to, n - 8, b);
    } else if (n >= 4) {
        const u32 a = load<half_word>(from, 0), b = load<half_word>(from, n - 4);
        store<half_word>(to, 0, a), store<half_word>(to, n - 4, b);
    } else if (n >= 2) {
        const u16 a = load<quarter_word>(from, 0), b = load<quarter_word>(from, n - 2);
        store<quarter_word>(to, 0, a), store<quarter_word>(to, n - 2, b);
    } else if (n != 0) {
        store<u8>(to, 0, load<u8>(from, 0));
    }
}

[[gnu::always_inline]] inline void copy_32(void* to, const void* from, usize offset) noexcept {
    const u64 a = load<word>(from, offset), b = load<word>(from, offset + 8);
    const u64 c = load<word>(from, offset + 16), d = load<word>(from, offset + 24);
    store<word>(to, offset, a), store<word>(to, offset + 8, b);
    store<word>(to, offset + 16, c), store<word>(to, offset + 24, d);
}

}  // namespace

// Loops below must not be recognised as memcpy or memset and turned into calls of themselves.
#pragma GCC optimize("no-tree-loop-distribute-patterns")

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, usize n) noexcept {
    if (n <= 16) {
        copy_up_to_16(to, from, n);
        return to;
    }
    if (n <= 32) {
        const u64 a = load<word>(from, 0), b = load<word>(from, 8);
        const u64 c = load<word>(from, n - 16), d = load<word>(from, n - 8);
        store<word>(to, 0, a), store<word>(to, 8, b);
        store<word>(to, n - 16, c), store<word>(to, n - 8, d);
        return to;
    }
    if (n >= string_instruction_threshold && fast_string_instructions) {
        void* d = to;
        asm volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n)::"memory");
        return to;
    }
    usize i = 0;
    for (; i + 128 <= n; i += 128) {
        copy_32(to, from, i);
        copy_32(to, from, i + 32);
        copy_32(to, from, i + 64);
        copy_32(to, from, i + 96);
    }
    for (; i + 32 < n; i += 32)
        copy_32(to, from, i);
    copy_32(to, from, n - 32);
    return to;
}

void* memmove(void* to, const void* from, usize n) noexcept {
    const usize distance = reinterpret_cast<usize>(to) - reinterpret_cast<usize>(from);
    if (n <= 16) {
        copy_up_to_16(to, from, n);
        return to;
    }
    if (distance >= n && usize{0} - distance >= n)
        return memcpy(to, from, n);
    if (distance >= n) {  // to < from: upwards
        usize i = 0;
        for (; i + 32 <= n; i += 32)
            copy_32(to, from, i);
        for (; i + 8 <= n; i += 8)
            store<word>(to, i, load<word>(from, i));
        for (; i < n; ++i)
            store<u8>(to, i, load<u8>(from, i));
    } else {
        usize left = n;
        for (; left >= 32; left -= 32)
            copy_32(to, from, left - 32);
        for (; left >= 8; left -= 8)
            store<word>(to, left - 8, load<word>(from, left - 8));
        for (; left != 0; --left)
            store<u8>(to, left - 1, load<u8>(from, left - 1));
    }
    return to;
}

void* memset(void* to, int value, usize n) noexcept {
    const u64 pattern = 0x0101'0101'0101'0101 * static_cast<u8>(value);
    if (n < 8) {
        if (n >= 4) {
            store<half_word>(to, 0, static_cast<u32>(pattern));
            store<half_word>(to, n - 4, static_cast<u32>(pattern));
        } else if (n != 0) {
            store<u8>(to, 0, static_cast<u8>(value));
            store<u8>(to, n / 2, static_cast<u8>(value));
            store<u8>(to, n - 1, static_cast<u8>(value));
        }
        return to;
    }
    if (n >= string_instruction_threshold && fast_string_instructions) {
        void* d = to;
        asm volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(value) : "memory");
        return to;
    }
    usize i = 0;
    for (; i + 256 <= n; i += 256) {
#pragma GCC unroll 32
        for (usize j = 0; j < 256; j += 8)
            store<word>(to, i + j, pattern);
    }
    for (; i + 32 <= n; i += 32) {
        store<word>(to, i, pattern), store<word>(to, i + 8, pattern);
        store<word>(to, i + 16, pattern), store<word>(to, i + 24, pattern);
    }
    for (; i + 8 <= n; i += 8)
        store<word>(to, i, pattern);
    store<word>(to, n - 8, pattern);
    return to;
}

int memcmp(const void* a, const void* b, usize n) noexcept {
    usize i = 0;
    for (; i + 8 <= n; i += 8) {
        u64 x = load<word>(a, i), y = load<word>(b, i);
        if (x != y) {
            // The first byte in memory that differs is the lowest one.
            x = __builtin_bswap64(x), y = __builtin_bswap64(y);
            return x < y ? -1 : 1;
        }
    }
    for (; i < n; ++i)
        if (load<u8>(a, i) != load<u8>(b, i))
            return load<u8>(a, i) < load<u8>(b, i) ? -1 : 1;
    return 0;
}

usize strlen(const char* text) noexcept {
    usize n = 0;
    while (text[n])
        ++n;
    return n;
}

void* memchr(const void* in, int value, usize n) noexcept {
    constexpr u64 ones = 0x0101'0101'0101'0101;
    const u64 pattern = ones * static_cast<u8>(value);
    usize i = 0;
    for (; i + 8 <= n; i += 8) {
        const u64 x = load<word>(in, i) ^ pattern;
        const u64 zeros = (x - ones) & ~x & ones << 7;  // lowest set bit: first zero byte of x
        if (zeros)
            return const_cast<u8*>(static_cast<const u8*>(in) + i +
                                   static_cast<usize>(std::countr_zero(zeros)) / 8);
    }
    for (; i < n; ++i)
        if (load<u8>(in, i) == static_cast<u8>(value))
            return const_cast<u8*>(static_cast<const u8*>(in) + i);
    return nullptr;
}

}  // extern "C"

namespace osprey::arch {

void choose_string_functions() noexcept {
    u32 a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return;
    const bool erms = b >> 9 & 1, fsrm = d >> 4 & 1;
    // Leaf 0x40000000: who runs this machine; QEMU's translator says TCGTCGTCGTCG.
    __cpuid(1, a, b, c, d);
    bool translated = false;
    if (c >> 31 & 1) {
        __cpuid(0x40000000, a, b, c, d);
        translated = b == 0x54474354 && c == 0x43544743 && d == 0x47435447;
    }
    fast_string_instructions = (erms || fsrm) && !translated;
}

}  // namespace osprey::arch
