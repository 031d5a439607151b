// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <fs/erofs/lz4.hh>

namespace osprey::fs::erofs {
namespace {

constexpr usize least_match = 4;
constexpr usize long_length = 15;  // in the token: more bytes of length follow

void copy_word(u8* to, const u8* from) noexcept {
    u64 word;
    std::memcpy(&word, from, sizeof word);
    std::memcpy(to, &word, sizeof word);
}

/// Adds the bytes that extend a length. @return false at the end of the input.
bool extend(usize& length, const u8*& in, const u8* in_end) noexcept {
    u8 more;
    do {
        if (in == in_end)
            return false;
        more = *in++;
        length += more;
    } while (more == 255);
    return true;
}

/// Copies a match that may overlap itself. Up to 7 bytes behind `length` may be overwritten when
/// there is that much room: later sequences write them anew.
void copy_match(u8* out, const u8* out_end, usize distance, usize length) noexcept {
    const u8* from = out - distance;
    if (distance >= 8 && static_cast<usize>(out_end - out) >= length + 8) {
        for (usize done = 0; done < length; done += 8)
            copy_word(out + done, from + done);
        return;
    }
    if (distance == 1) {
        std::memset(out, *from, length);
        return;
    }
    for (usize i = 0; i < length; ++i)
        out[i] = from[i];
}

}  // namespace

result<void> lz4_unpack(std::span<const u8> from, std::span<u8> to) noexcept {
    const u8* in = from.data();
    const u8* const in_end = in + from.size();
    u8* out = to.data();
    u8* const out_end = out + to.size();

    while (out != out_end) {
        if (in == in_end)
            return errc::structure_needs_cleaning;
        const u8 token = *in++;

        usize literals = token >> 4;
        if (literals == long_length && !extend(literals, in, in_end))
            return errc::structure_needs_cleaning;
        const usize room = static_cast<usize>(out_end - out);
        const usize wanted = literals < room ? literals : room;
        if (wanted > static_cast<usize>(in_end - in))
            return errc::structure_needs_cleaning;
        if (wanted <= 16 && room >= 16 && in_end - in >= 16) {
            copy_word(out, in);
            copy_word(out + 8, in + 8);
        } else {
            std::memcpy(out, in, wanted);
        }
        out += wanted;
        in += wanted;
        if (out == out_end)
            break;

        if (in_end - in < 2)
            return errc::structure_needs_cleaning;
        const usize distance = in[0] | usize{in[1]} << 8;
        in += 2;
        if (distance == 0 || distance > static_cast<usize>(out - to.data()))
            return errc::structure_needs_cleaning;
        usize match = (token & 15);
        if (match == long_length && !extend(match, in, in_end))
            return errc::structure_needs_cleaning;
        match += least_match;
        if (match > static_cast<usize>(out_end - out))
            match = static_cast<usize>(out_end - out);
        copy_match(out, out_end, distance, match);
        out += match;
    }
    return {};
}

}  // namespace osprey::fs::erofs
