// SPDX-License-Identifier: BSD-3-Clause
// The kernel's memcpy and friends under other names, against the host's.
#include <gtest/gtest.h>
#include <cstddef>
#include <random>
#include <vector>

namespace kernel {
extern "C" {
void* kernel_memcpy(void*, const void*, std::size_t) noexcept;
void* kernel_memmove(void*, const void*, std::size_t) noexcept;
void* kernel_memset(void*, int, std::size_t) noexcept;
int kernel_memcmp(const void*, const void*, std::size_t) noexcept;
std::size_t kernel_strlen(const char*) noexcept;
void* kernel_memchr(const void*, int, std::size_t) noexcept;
}
}  // namespace kernel
#define memcpy kernel_memcpy
#define memmove kernel_memmove
#define memset kernel_memset
#define memcmp kernel_memcmp
#define strlen kernel_strlen
#define memchr kernel_memchr
#include <string_functions.cc>
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef memchr

namespace {
// Exactly sized blocks, so that AddressSanitizer sees each byte too many.
using bytes = std::vector<unsigned char>;
bytes pattern(std::size_t n, unsigned seed) {
    bytes b(n);
    for (std::size_t i = 0; i < n; ++i)
        b[i] = static_cast<unsigned char>(i * 31 + seed);
    return b;
}
const std::size_t sizes[] = {0,   1,   2,   3,   4,   5,   7,   8,   9,   15,  16,   17,
                             24,  31,  32,  33,  47,  63,  64,  65,  95,  96,  127,  128,
                             129, 160, 161, 255, 256, 257, 300, 511, 512, 513, 1000, 4096};

void check_all() {
    for (std::size_t n : sizes) {
        bytes from = pattern(n, 1), to(n);
        EXPECT_EQ(kernel_memcpy(to.data(), from.data(), n), to.data());
        EXPECT_EQ(to, from);
        EXPECT_EQ(kernel_memset(to.data(), 0x5a, n), to.data());
        EXPECT_EQ(to, bytes(n, 0x5a));
        EXPECT_EQ(kernel_memcmp(from.data(), pattern(n, 1).data(), n), 0);
        for (std::size_t i = 0; i < n; i += n / 7 + 1) {
            bytes other = from;
            other[i] ^= 0x80;
            EXPECT_EQ(kernel_memcmp(from.data(), other.data(), n) < 0, from[i] < other[i]);
            bytes zero(n, 0);
            zero[i] = 7;
            EXPECT_EQ(kernel_memchr(zero.data(), 7, n), zero.data() + i);
            EXPECT_EQ(kernel_memchr(zero.data(), 9, n), nullptr);
        }
        for (std::size_t shift : {1, 2, 7, 8, 9, 31, 33, 64, 200}) {
            bytes a = pattern(n + shift, 3), b = a;
            kernel_memmove(a.data() + shift, a.data(), n);
            memmove(b.data() + shift, b.data(), n);
            EXPECT_EQ(a, b) << n << " up by " << shift;
            a = pattern(n + shift, 5), b = a;
            kernel_memmove(a.data(), a.data() + shift, n);
            memmove(b.data(), b.data() + shift, n);
            EXPECT_EQ(a, b) << n << " down by " << shift;
        }
        EXPECT_EQ(kernel_strlen(std::string(n, 'x').c_str()), n);
    }
}
}  // namespace

TEST(string_functions, loops) {
    fast_string_instructions = false;
    check_all();
}
TEST(string_functions, string_instructions) {
    fast_string_instructions = true;
    check_all();
}
TEST(string_functions, choosing_does_not_fail) {
    osprey::arch::choose_string_functions();
    check_all();
}
