// SPDX-License-Identifier: BSD-3-Clause
// Text forms of addresses: RFC 4291 §2.2 for reading, RFC 5952 for writing.
#include <net/address.hh>

namespace osprey::net {
namespace {

void write_v4(address_text& to, u32 a) noexcept {
    format_to(to, "{}.{}.{}.{}", a >> 24, a >> 16 & 0xff, a >> 8 & 0xff, a & 0xff);
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Four decimal numbers; no leading zeros, which some read as octal.
bool read_v4(std::string_view text, u32& to) noexcept {
    u32 value = 0;
    for (int part = 0; part < 4; ++part) {
        if (part != 0) {
            if (text.empty() || text[0] != '.')
                return false;
            text.remove_prefix(1);
        }
        usize digits = 0;
        u32 number = 0;
        while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 4)
            number = number * 10 + static_cast<u32>(text[digits++] - '0');
        if (digits == 0 || number > 255 || (digits > 1 && text[0] == '0'))
            return false;
        value = value << 8 | number;
        text.remove_prefix(digits);
    }
    to = value;
    return text.empty();
}

/// Reads groups into `groups` from the front until the text or a "::" ends. An IPv4 address may
/// stand for the last two.
class group_reader {
public:
    explicit group_reader(std::string_view text) noexcept : text_{text} {}

    bool read(u16 (&groups)[8], usize& count, usize& gap) noexcept {
        count = 0;
        gap = 8;
        if (text_.starts_with("::")) {
            gap = 0;
            text_.remove_prefix(2);
        }
        while (!text_.empty()) {
            if (count == 8 || !read_one(groups, count))
                return false;
            if (text_.empty())
                return true;
            if (text_.starts_with("::")) {
                if (gap != 8)
                    return false;
                gap = count;
                text_.remove_prefix(2);
            } else if (text_[0] == ':' && text_.size() > 1) {
                text_.remove_prefix(1);
            } else {
                return false;
            }
        }
        return true;
    }

private:
    bool read_one(u16 (&groups)[8], usize& count) noexcept {
        u32 value = 0;
        usize digits = 0;
        while (digits < text_.size() && digits < 5 && hex_digit(text_[digits]) >= 0)
            value = value << 4 | static_cast<u32>(hex_digit(text_[digits++]));
        if (digits < text_.size() && text_[digits] == '.') {
            u32 v4;
            if (count > 6 || !read_v4(text_, v4))
                return false;
            groups[count++] = static_cast<u16>(v4 >> 16);
            groups[count++] = static_cast<u16>(v4);
            text_ = {};
            return true;
        }
        if (digits == 0 || digits > 4)
            return false;
        groups[count++] = static_cast<u16>(value);
        text_.remove_prefix(digits);
        return true;
    }
    std::string_view text_;
};

u16 group_of(const ip_address& a, usize i) noexcept {
    const u64 half = i < 4 ? a.high() : a.low();
    return static_cast<u16>(half >> (48 - 16 * (i % 4)));
}

/// The longest run of two or more zero groups, the first of equally long ones (RFC 5952 §4.2).
void find_zeros(const ip_address& a, usize& start, usize& length) noexcept {
    start = 8;
    length = 1;
    for (usize i = 0; i < 8; ++i) {
        usize n = 0;
        while (i + n < 8 && group_of(a, i + n) == 0)
            ++n;
        if (n > length) {
            start = i;
            length = n;
        }
        i += n;
    }
}

}  // namespace

address_text to_text(const ip_address& a) noexcept {
    address_text text;
    if (a.is_v4()) {
        write_v4(text, a.v4());
        return text;
    }
    usize start, length;
    find_zeros(a, start, length);
    for (usize i = 0; i < 8; ++i) {
        if (i == start) {
            text.append("::");
            i += length - 1;
            continue;
        }
        if (i != 0 && i != start + length)
            text.append(":");
        format_to(text, "{:x}", group_of(a, i));
    }
    return text;
}

address_text to_text(const mac_address& a) noexcept {
    address_text text;
    for (usize i = 0; i < 6; ++i)
        format_to(text, "{}{:02x}", i ? ":" : "", a.bytes[i]);
    return text;
}

bool parse_address(std::string_view text, ip_address& to) noexcept {
    u32 v4;
    if (read_v4(text, v4)) {
        to = ip_address::v4(v4);
        return true;
    }
    u16 groups[8];
    usize count, gap;
    if (!group_reader{text}.read(groups, count, gap))
        return false;
    const bool has_gap = text.find("::") != text.npos;
    if (has_gap != (count < 8))  // a gap stands for one group at least
        return false;
    u64 halves[2] = {};
    for (usize i = 0; i < count; ++i) {
        const usize place = i < gap ? i : 8 - (count - i);
        halves[place / 4] |= u64{groups[i]} << (48 - 16 * (place % 4));
    }
    to = ip_address::v6(halves[0], halves[1]);
    return true;
}

bool parse_mac(std::string_view text, mac_address& to) noexcept {
    if (text.size() != 17)
        return false;
    for (usize i = 0; i < 6; ++i) {
        const int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);
        if (high < 0 || low < 0 || (i != 5 && text[3 * i + 2] != ':'))
            return false;
        to.bytes[i] = static_cast<u8>(high << 4 | low);
    }
    return true;
}

}  // namespace osprey::net
