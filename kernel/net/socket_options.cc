// SPDX-License-Identifier: BSD-3-Clause
//
// Options of level SOL_SOCKET that all families share: socket(7), and sock_setsockopt of Linux 6.1
// for what happens with odd values.
#include <memory/user_pointer.hh>
#include <net/interface.hh>
#include <net/protocol.hh>
#include <net/settings.hh>
#include <net/socket.hh>
#include <sched/clock.hh>

namespace osprey::net {
namespace {

enum option : int {
    so_debug = 1,
    so_type = 3,
    so_error = 4,
    so_dontroute = 5,
    so_no_check = 11,
    so_priority = 12,
    so_bsdcompat = 14,
    so_sndlowat = 19,
    so_rcvtimeo_old = 20,
    so_sndtimeo_old = 21,
    so_detach_filter = 27,
    so_timestamp_old = 29,
    so_acceptconn = 30,
    so_sndbufforce = 32,
    so_rcvbufforce = 33,
    so_passsec = 34,
    so_timestampns_old = 35,
    so_mark = 36,
    so_timestamping_old = 37,
    so_protocol = 38,
    so_domain = 39,
    so_lock_filter = 44,
    so_busy_poll = 46,
    so_max_pacing_rate = 47,
    so_meminfo = 55,
    so_incoming_napi_id = 56,
    so_cookie = 57,
    so_zerocopy = 60,
    so_bindtoifindex = 62,
    so_timestamp_new = 63,
    so_timestampns_new = 64,
    so_timestamping_new = 65,
    so_rcvtimeo_new = 66,
    so_sndtimeo_new = 67,
};

constexpr u32 least_receive_room = 2304, least_send_room = 4608;

struct abi_linger {
    i32 on, seconds;
};
struct abi_timeval {
    i64 seconds, microseconds;
};
struct abi_timespec {
    i64 seconds, nanoseconds;
};
/// struct sock_fprog
struct abi_filter_program {
    u16 instructions;
    u64 where;
};
static_assert(sizeof(abi_filter_program) == 16);

template <typename T>
result<T> take(std::span<const u8> value) noexcept {
    if (value.size() < sizeof(T))
        return errc::invalid_argument;
    T t;
    std::memcpy(&t, value.data(), sizeof t);
    return t;
}

template <typename T>
usize give(std::span<u8> value, const T& t) noexcept {
    const usize n = value.size() < sizeof t ? value.size() : sizeof t;
    std::memcpy(value.data(), &t, n);
    return sizeof t;
}

/// A time-out in ns: 0 is none, negative times are over at once (1 ns), as on Linux.
result<u64> timeout_of(std::span<const u8> value) noexcept {
    const auto t = TRY(take<abi_timeval>(value));
    if (t.microseconds < 0 || t.microseconds >= 1'000'000)
        return errc::domain;
    if (t.seconds < 0)
        return u64{1};
    constexpr i64 longest = i64{1} << 32;  // seconds: for ever
    if (t.seconds >= longest)
        return u64{0};
    return static_cast<u64>(t.seconds) * 1'000'000'000 + static_cast<u64>(t.microseconds) * 1000;
}
abi_timeval timeval_of(u64 ns) noexcept {
    return {static_cast<i64>(ns / 1'000'000'000), static_cast<i64>(ns / 1000 % 1'000'000)};
}

}  // namespace

socket::~socket() {
    if (socket_filter* f = filter_.read())
        delete f;
}

u32 socket::run_filter(const filter_input& packet) const noexcept {
    sync::rcu_read_guard reading;
    const socket_filter* f = filter_.read();
    return f ? f->run(packet) : ~u32{0};
}

result<void> socket::set_buffer(int option, u32 bytes, bool forced) noexcept {
    const network_settings& s = settings();
    const bool receive = option == so_rcvbuf;
    const u32 limit = (receive ? s.rmem_max : s.wmem_max).load(std::memory_order_relaxed);
    if (!forced && bytes > limit)
        bytes = limit;
    constexpr u32 most = 0x3fff'ffff;
    bytes = (bytes < most ? bytes : most) * 2;  // room for bookkeeping (socket(7))
    const u32 least = receive ? least_receive_room : least_send_room;
    (receive ? receive_room_ : send_room_).store(bytes > least ? bytes : least);
    option_changed(option);
    return ok;
}

result<void> socket::set_device(std::span<const u8> value) noexcept {
    char name[16] = {};
    std::memcpy(name, value.data(), value.size() < 15 ? value.size() : 15);
    if (name[0] == '\0') {
        bound_device.store(0);
    } else {
        interface* i = find_interface(std::string_view{name});
        if (!i)
            return errc::no_device;
        bound_device.store(i->index());
    }
    option_changed(so_bindtodevice);
    return ok;
}

result<void> socket::attach_filter(std::span<const u8> value) noexcept {
    if (value.size() != sizeof(abi_filter_program))
        return errc::invalid_argument;
    const auto given = TRY(take<abi_filter_program>(value));
    if (filter_locked_.load())
        return errc::not_permitted;
    if (given.instructions == 0 || given.instructions > socket_filter::most_instructions)
        return errc::invalid_argument;
    vector<filter_instruction> program;
    TRY_VOID(program.resize(given.instructions));
    TRY_VOID(memory::copy_from_user(program.data(), given.where,
                                    program.size() * sizeof(filter_instruction)));
    auto fresh = TRY(socket_filter::create(program.span()));
    socket_filter* old = filter_.read();
    filter_.publish(fresh.release());
    if (old) {
        sync::rcu_synchronize();
        delete old;
    }
    return ok;
}

result<void> socket::detach_filter() noexcept {
    if (filter_locked_.load())
        return errc::not_permitted;
    socket_filter* old = filter_.read();
    if (!old)
        return errc::no_entry;
    filter_.publish(nullptr);
    sync::rcu_synchronize();
    delete old;
    return ok;
}

/// Options that are on or off. @return `errc::no_protocol_option`: none of them.
result<void> socket::set_switch(int option, bool on) noexcept {
    switch (option) {
        case so_reuseaddr:
            reuse_address.store(on);
            break;
        case so_reuseport:
            reuse_port.store(on);
            break;
        case so_broadcast:
            broadcast.store(on);
            break;
        case so_keepalive:
            keep_alive.store(on);
            break;
        case so_dontroute:
            dont_route.store(on);
            break;
        case so_oobinline:
            out_of_band_inline.store(on);
            break;
        case so_passcred:
            pass_credentials.store(on);
            break;
        case so_timestamp_old:
        case so_timestamp_new:
        case so_timestampns_old:
        case so_timestampns_new:
            timestamp_option_.store(on ? static_cast<u32>(option) : 0);
            timestamps.store(on);
            break;
        case so_lock_filter:
            if (filter_locked_.load() && !on)
                return errc::not_permitted;
            filter_locked_.store(on);
            break;
        case so_debug:  // nothing is traced by it here; Linux, too, only keeps it
        case so_no_check:
        case so_bsdcompat:
            break;
        default:
            return errc::no_protocol_option;
    }
    option_changed(option);
    return ok;
}

result<void> socket::set_number(int option, i32 value) noexcept {
    const u32 u = static_cast<u32>(value);
    switch (option) {
        case so_type:
        case so_protocol:
        case so_domain:
        case so_error:
        case so_acceptconn:
        case so_sndlowat:
            return errc::no_protocol_option;
        case so_sndbuf:
        case so_rcvbuf:
            return set_buffer(option, u, false);
        case so_sndbufforce:
            return set_buffer(so_sndbuf, value < 0 ? 0 : u, true);
        case so_rcvbufforce:
            return set_buffer(so_rcvbuf, value < 0 ? 0 : u, true);
        case so_priority:
            priority.store(u);
            break;
        case so_mark:
            mark.store(u);
            break;
        case so_rcvlowat:
            receive_low_water.store(value < 0 ? 0x7fff'ffff : value == 0 ? 1 : u);
            break;
        case so_busy_poll:
            if (value < 0)
                return errc::invalid_argument;
            busy_poll_us.store(u);
            break;
        case so_incoming_cpu:
            incoming_cpu.store(value);
            break;
        case so_zerocopy:
            if ((family_ != af_inet && family_ != af_inet6) ||
                (protocol_ != protocol_tcp && protocol_ != protocol_udp))
                return errc::not_supported;
            if (value < 0 || value > 1)
                return errc::invalid_argument;
            zero_copy.store(value != 0);
            break;
        case so_bindtoifindex:
            if (value < 0 || (value > 0 && !find_interface(u)))
                return value < 0 ? errc::invalid_argument : errc::no_device;
            bound_device.store(u);
            option_changed(so_bindtodevice);
            return ok;
        case so_timestamping_old:
        case so_timestamping_new:
            if (u & ~u32{0x7fff})
                return errc::invalid_argument;
            timestamping_.store(u);
            break;
        case so_detach_filter:
            return detach_filter();
        default:
            return set_switch(option, value != 0);
    }
    option_changed(option);
    return ok;
}

/// Options whose value is more than a number. @return `errc::no_protocol_option`: none of them.
result<void> socket::set_structure(int option, std::span<const u8> value) noexcept {
    switch (option) {
        case so_linger: {
            const auto l = TRY(take<abi_linger>(value));
            linger_seconds.store(l.on ? (l.seconds < 0 ? 0x7fff'ffff : l.seconds) : -1);
            break;
        }
        case so_rcvtimeo_old:
        case so_rcvtimeo_new:
            receive_timeout_ns_.store(TRY(timeout_of(value)));
            break;
        case so_sndtimeo_old:
        case so_sndtimeo_new:
            send_timeout_ns_.store(TRY(timeout_of(value)));
            break;
        case so_max_pacing_rate: {
            const u64 rate = value.size() >= 8 ? TRY(take<u64>(value)) : TRY(take<u32>(value));
            max_pacing_rate.store(rate < ~u32{0} ? static_cast<u32>(rate) : ~u32{0});
            break;
        }
        case so_attach_filter:
            return attach_filter(value);
        default:
            return errc::no_protocol_option;
    }
    option_changed(option);
    return ok;
}

result<void> socket::set_socket_option(int option, std::span<const u8> value) noexcept {
    if (option == so_bindtodevice)
        return set_device(value);
    const i32 number = TRY(take<i32>(value));
    auto outcome = set_structure(option, value);
    if (!outcome && outcome.error() == errc::no_protocol_option)
        outcome = set_number(option, number);
    if (!outcome && outcome.error() == errc::no_protocol_option)
        outcome = set_option(sol_socket, option, value);
    return outcome;
}

result<i32> socket::number_of(int option) noexcept {
    switch (option) {
        case so_type:
            return type_;
        case so_domain:
            return family_;
        case so_protocol:
            return protocol_;
        case so_error:
            return static_cast<i32>(pending_error());
        case so_acceptconn:
            return i32{listening()};
        case so_reuseaddr:
            return i32{reuse_address.load()};
        case so_reuseport:
            return i32{reuse_port.load()};
        case so_broadcast:
            return i32{broadcast.load()};
        case so_keepalive:
            return i32{keep_alive.load()};
        case so_dontroute:
            return i32{dont_route.load()};
        case so_oobinline:
            return i32{out_of_band_inline.load()};
        case so_passcred:
            return i32{pass_credentials.load()};
        case so_timestamp_old:
        case so_timestamp_new:
        case so_timestampns_old:
        case so_timestampns_new:
            return i32{timestamp_option_.load() == static_cast<u32>(option)};
        case so_timestamping_old:
        case so_timestamping_new:
            return static_cast<i32>(timestamping_.load());
        case so_sndbuf:
            return static_cast<i32>(send_buffer_size());
        case so_rcvbuf:
            return static_cast<i32>(receive_buffer_size());
        case so_priority:
            return static_cast<i32>(priority.load());
        case so_mark:
            return static_cast<i32>(mark.load());
        case so_rcvlowat:
            return static_cast<i32>(receive_low_water.load());
        case so_sndlowat:
            return 1;
        case so_busy_poll:
            return static_cast<i32>(busy_poll_us.load());
        case so_incoming_cpu:
            return incoming_cpu.load();
        case so_zerocopy:
            return i32{zero_copy.load()};
        case so_bindtoifindex:
            return static_cast<i32>(bound_device.load());
        case so_lock_filter:
            return i32{filter_locked_.load()};
        case so_debug:
        case so_no_check:
        case so_bsdcompat:
        case so_passsec:
        case so_incoming_napi_id:
            return 0;
        default:
            return errc::no_protocol_option;
    }
}

result<usize> socket::get_socket_option(int option, std::span<u8> value) noexcept {
    switch (option) {
        case so_linger: {
            const i32 seconds = linger_seconds.load();
            return give(value, abi_linger{seconds >= 0, seconds < 0 ? 0 : seconds});
        }
        case so_rcvtimeo_old:
        case so_rcvtimeo_new:
            return give(value, timeval_of(receive_timeout_ns_.load()));
        case so_sndtimeo_old:
        case so_sndtimeo_new:
            return give(value, timeval_of(send_timeout_ns_.load()));
        case so_max_pacing_rate:
            if (value.size() < 8)
                return give(value, max_pacing_rate.load());
            return give(value,
                        max_pacing_rate.load() == ~u32{0} ? ~u64{0} : u64{max_pacing_rate.load()});
        case so_cookie:
            if (value.size() < sizeof(u64))
                return errc::invalid_argument;
            return give(value, cookie());
        case so_meminfo: {
            // SK_MEMINFO_* in order; what is counted apart on Linux and not here is 0.
            const memory_use used = memory_in_use();
            const u32 words[9] = {
                used.to_read, receive_buffer_size(), 0, send_buffer_size(), 0, used.to_send, 0, 0,
                used.dropped};
            const usize n = value.size() < sizeof words ? value.size() : sizeof words;
            std::memcpy(value.data(), words, n);
            return n;
        }
        case so_bindtodevice: {
            interface* i = find_interface(bound_device.load());
            if (!i)
                return usize{0};
            char name[16] = {};
            std::memcpy(name, i->name().data(), i->name().size());
            if (value.size() < sizeof name)
                return errc::invalid_argument;
            std::memcpy(value.data(), name, i->name().size() + 1);
            return i->name().size() + 1;
        }
        default:
            break;
    }
    auto number = number_of(option);
    if (number)
        return give(value, *number);
    return get_option(sol_socket, option, value);
}

void socket::add_timestamp(control_buffer& to, instant at) noexcept {
    const u32 option = timestamp_option_.load(std::memory_order_relaxed);
    const u32 detailed = timestamping_.load(std::memory_order_relaxed);
    constexpr u32 receive_software = 1 << 3, software = 1 << 4;
    if (option == 0 && !(detailed & software))
        return;
    const i64 ns =
        at == instant{} ? sched::realtime_ns() : sched::realtime_offset() + static_cast<i64>(at.ns);
    constexpr i64 second = 1'000'000'000;
    if (option == so_timestamp_old || option == so_timestamp_new) {
        const abi_timeval t{ns / second, ns % second / 1000};
        to.add(sol_socket, static_cast<int>(option), &t, sizeof t);
    } else if (option != 0) {
        const abi_timespec t{ns / second, ns % second};
        to.add(sol_socket, static_cast<int>(option), &t, sizeof t);
    }
    if ((detailed & (software | receive_software)) == (software | receive_software)) {
        const abi_timespec t[3] = {{ns / second, ns % second}, {}, {}};  // software, -, hardware
        to.add(sol_socket, so_timestamping_old, t, sizeof t);
    }
}

}  // namespace osprey::net
