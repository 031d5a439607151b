// SPDX-License-Identifier: BSD-3-Clause
// UDP sockets for /proc/net/udp and ss(8).
#include <net/socket_table.hh>
#include <net/udp/udp.hh>

namespace osprey::net {

namespace {

class udp_list final : public socket_table {
public:
    constexpr udp_list() noexcept : socket_table{protocol_udp} {}
    result<void> list(vector<socket_entry>& to) noexcept override {
        struct walk {
            vector<socket_entry>& to;
            bool fits = true;
        } w{to};
        for_each_udp_socket(
            [](void* argument, udp_socket& s) noexcept {
                auto& out = *static_cast<walk*>(argument);
                out.fits &= out.to.push_back(entry_of(s)).has_value();
            },
            &w);
        return w.fits ? result<void>{} : errc::out_of_memory;
    }

private:
    static socket_entry entry_of(udp_socket& s) noexcept {
        constexpr u8 established = 1, closed = 7;
        socket_entry e;
        e.family = static_cast<u8>(s.family());
        e.state = s.is_connected() ? established : closed;
        e.local = s.local();
        e.remote = s.remote();
        e.receive_queue = static_cast<u32>(s.waiting_bytes());
        e.inode = s.inode();
        e.references = s.reference_count();
        e.drops = static_cast<u32>(s.dropped());
        e.device = s.bound_device.load();
        e.cookie = reinterpret_cast<u64>(&s);
        e.mark = s.mark.load();
        e.v6_only = s.options().get(ip_option::v6only) != 0;
        return e;
    }
};
constinit udp_list sockets;

}  // namespace

void register_udp_list() noexcept {
    register_socket_table(sockets);
}

}  // namespace osprey::net
