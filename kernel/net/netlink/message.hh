// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/result.hh>
#include <base/vector.hh>
#include <cstring>
#include <net/address.hh>
#include <span>
#include <string_view>

/// Messages of netlink(7): reading what applications send (foreign bytes: nothing in them is
/// trusted), and writing answers.
namespace osprey::net {

/// struct nlmsghdr
struct netlink_header {
    u32 length;
    u16 type, flags;
    u32 sequence, port;
};
static_assert(sizeof(netlink_header) == 16);

enum netlink_type : u16 {
    netlink_noop = 1,
    netlink_error = 2,
    netlink_done = 3,
    netlink_first_type = 16,  // NLMSG_MIN_TYPE: below are control messages
};
/// NLM_F_*
enum netlink_flag : u16 {
    netlink_request = 1,
    netlink_multi = 2,
    netlink_ack = 4,
    netlink_dump = 0x300,     // either bit, on requests to get
    netlink_replace = 0x100,  // on requests to make something
    netlink_exclusive = 0x200,
    netlink_create = 0x400,
    netlink_append = 0x800,
    netlink_capped = 0x100,  // on errors: the request is not repeated whole
};

/// One request.
struct netlink_request_view {
    netlink_header header;
    std::span<const u8> payload;
    u32 port = 0;         // who asks
    bool strict = false;  // NETLINK_GET_STRICT_CHK

    /// The fixed part of the message, zero-filled where the request is shorter.
    template <typename T>
    [[nodiscard]] T fixed() const noexcept {
        T t{};
        std::memcpy(&t, payload.data(), payload.size() < sizeof t ? payload.size() : sizeof t);
        return t;
    }
    /// Is the fixed part there?
    template <typename T>
    [[nodiscard]] bool has() const noexcept {
        return payload.size() >= sizeof(T);
    }
    /// What follows a fixed part of `bytes`.
    [[nodiscard]] std::span<const u8> behind(usize bytes) const noexcept {
        bytes = align_up(bytes, 4);
        return bytes < payload.size() ? payload.subspan(bytes) : std::span<const u8>{};
    }
    [[nodiscard]] bool wants_dump() const noexcept { return header.flags & netlink_dump; }
};

/// Calls `visit(request)` for each message in `bytes`, and stops, as Linux does, at the first that
/// is shorter or longer than it can be.
template <typename F>
void for_each_netlink_message(std::span<const u8> bytes, F&& visit) noexcept {
    while (bytes.size() >= sizeof(netlink_header)) {
        netlink_request_view r;
        std::memcpy(&r.header, bytes.data(), sizeof r.header);
        if (r.header.length < sizeof r.header || r.header.length > bytes.size())
            return;
        r.payload = bytes.subspan(sizeof r.header, r.header.length - sizeof r.header);
        visit(r);
        const usize step = align_up(usize{r.header.length}, 4);
        bytes = step < bytes.size() ? bytes.subspan(step) : std::span<const u8>{};
    }
}

/// Attributes (struct rtattr) by number; the last of each number counts, others are passed over.
template <usize Last>
class netlink_attributes {
public:
    /// What is malformed ends the list.
    explicit netlink_attributes(std::span<const u8> bytes) noexcept {
        constexpr usize header = 4;
        constexpr u16 number_mask = 0x3fff;  // without NLA_F_NESTED, NLA_F_NET_BYTEORDER
        while (bytes.size() >= header) {
            u16 length, type;
            std::memcpy(&length, bytes.data(), 2);
            std::memcpy(&type, bytes.data() + 2, 2);
            if (length < header || length > bytes.size()) {
                malformed_ = true;
                return;
            }
            type &= number_mask;
            if (type <= Last) {
                values_[type] = bytes.subspan(header, length - header);
                present_ |= u64{1} << type;
            }
            const usize step = align_up(usize{length}, 4);
            bytes = step < bytes.size() ? bytes.subspan(step) : std::span<const u8>{};
        }
    }
    static_assert(Last < 64);
    [[nodiscard]] bool malformed() const noexcept { return malformed_; }
    [[nodiscard]] bool has(usize number) const noexcept { return present_ >> number & 1; }
    [[nodiscard]] std::span<const u8> operator[](usize number) const noexcept {
        return values_[number];
    }
    /// The value as a T. @return `otherwise` if it is not there, or too short.
    template <typename T>
    [[nodiscard]] T get(usize number, T otherwise = {}) const noexcept {
        if (values_[number].size() < sizeof(T))
            return otherwise;
        T t;
        std::memcpy(&t, values_[number].data(), sizeof t);
        return t;
    }
    /// A text without its terminating zero.
    [[nodiscard]] std::string_view text(usize number) const noexcept {
        const auto v = values_[number];
        const std::string_view all{reinterpret_cast<const char*>(v.data()), v.size()};
        return all.substr(0, all.find('\0'));
    }
    /// An address of `family`. @return `errc::invalid_argument`: of another length.
    [[nodiscard]] result<ip_address> address(usize number, u8 family) const noexcept {
        constexpr u8 inet = 2, inet6 = 10;
        const auto v = values_[number];
        if (family == inet && v.size() >= 4)
            return ip_address::v4(load_big<u32>(v.data()));
        if (family == inet6 && v.size() >= 16)
            return ip_address::from_v6(v.data());
        return errc::invalid_argument;
    }

private:
    std::span<const u8> values_[Last + 1];
    u64 present_ = 0;
    bool malformed_ = false;
};

/// Writes messages into a growing buffer. Running out of memory is remembered.
class netlink_writer {
public:
    /// Begins a message; the one before is complete.
    void begin(u16 type, u16 flags, u32 sequence, u32 port) noexcept;
    template <typename T>
    void fixed(const T& t) noexcept {
        put(&t, sizeof t);
    }
    void attribute(u16 number, const void* data, usize bytes) noexcept;
    template <typename T>
    void attribute(u16 number, const T& value) noexcept {
        static_assert(std::is_trivially_copyable_v<T>);
        attribute(number, &value, sizeof value);
    }
    void text(u16 number, std::string_view text) noexcept;
    void address(u16 number, const ip_address& a) noexcept;
    /// A nest of attributes. @return what `end_nest` wants.
    [[nodiscard]] usize begin_nest(u16 number) noexcept;
    void end_nest(usize begin) noexcept;
    /// Completes the message.
    void end() noexcept;
    /// Takes the last message out again.
    void drop_last() noexcept;
    [[nodiscard]] usize size() const noexcept { return bytes_.size(); }
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    [[nodiscard]] vector<u8>& bytes() noexcept { return bytes_; }

private:
    void put(const void* data, usize bytes) noexcept;
    void pad() noexcept;
    vector<u8> bytes_;
    usize begin_ = 0;  // of the message being written
    bool failed_ = false;
};

}  // namespace osprey::net
