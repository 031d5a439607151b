// SPDX-License-Identifier: BSD-3-Clause
#include <net/netlink/message.hh>

namespace osprey::net {

void netlink_writer::put(const void* data, usize bytes) noexcept {
    if (!bytes_.append({static_cast<const u8*>(data), bytes}))
        failed_ = true;
}

void netlink_writer::pad() noexcept {
    constexpr u8 zeros[4] = {};
    put(zeros, align_up(bytes_.size(), 4) - bytes_.size());
}

void netlink_writer::begin(u16 type, u16 flags, u32 sequence, u32 port) noexcept {
    pad();
    begin_ = bytes_.size();
    fixed(netlink_header{0, type, flags, sequence, port});
}

void netlink_writer::attribute(u16 number, const void* data, usize bytes) noexcept {
    pad();
    const u16 head[2] = {static_cast<u16>(bytes + 4), number};
    put(head, sizeof head);
    put(data, bytes);
    pad();  // counts as part of the message
}

void netlink_writer::text(u16 number, std::string_view text) noexcept {
    pad();
    const u16 head[2] = {static_cast<u16>(text.size() + 5), number};
    put(head, sizeof head);
    put(text.data(), text.size());
    put("", 1);
    pad();
}

void netlink_writer::address(u16 number, const ip_address& a) noexcept {
    if (a.is_v4()) {
        attribute(number, big_endian(a.v4()));
    } else {
        u8 bytes[16];
        a.store_v6(bytes);
        attribute(number, bytes, sizeof bytes);
    }
}

usize netlink_writer::begin_nest(u16 number) noexcept {
    pad();
    const usize at = bytes_.size();
    const u16 head[2] = {4, number};
    put(head, sizeof head);
    return at;
}

void netlink_writer::end_nest(usize begin) noexcept {
    pad();
    if (failed_)
        return;
    const u16 length = static_cast<u16>(bytes_.size() - begin);
    std::memcpy(bytes_.data() + begin, &length, sizeof length);
}

void netlink_writer::end() noexcept {
    if (failed_)
        return;
    const u32 length = static_cast<u32>(bytes_.size() - begin_);
    std::memcpy(bytes_.data() + begin_, &length, sizeof length);
    pad();
}

void netlink_writer::drop_last() noexcept {
    bytes_.truncate(begin_);
}

}  // namespace osprey::net
