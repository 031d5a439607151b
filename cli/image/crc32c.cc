// SPDX-License-Identifier: BSD-3-Clause
#include <image/crc32c.hh>

#include <array>
#include <cstring>

namespace osprey::cli::image {

namespace {

uint32_t by_table(uint32_t state, const unsigned char* data, size_t size) {
    static constexpr auto table = [] {
        std::array<uint32_t, 256> entries{};
        for (uint32_t i = 0; i < 256; ++i) {
            uint32_t crc = i;
            for (int bit = 0; bit < 8; ++bit) {
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0);
            }
            entries[i] = crc;
        }
        return entries;
    }();
    for (size_t i = 0; i < size; ++i) {
        state = (state >> 8) ^ table[(state ^ data[i]) & 0xFF];
    }
    return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t by_instruction(uint32_t state, const unsigned char* data,
                                                          size_t size) {
    uint64_t sum = state;
    for (; size >= 8; size -= 8, data += 8) {
        uint64_t word = 0;
        std::memcpy(&word, data, sizeof word);
        sum = __builtin_ia32_crc32di(sum, word);
    }
    return by_table(static_cast<uint32_t>(sum), data, size);
}
#endif

}  // namespace

uint32_t crc32c(uint32_t state, const unsigned char* data, size_t size) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) {
        return by_instruction(state, data, size);
    }
#endif
    return by_table(state, data, size);
}

}  // namespace osprey::cli::image
