// SPDX-License-Identifier: BSD-3-Clause
#include <linux/abi/socket.hh>
#include <linux/flag_sets.hh>
#include <linux/strace_sockets.hh>
#include <memory/user_pointer.hh>
#include <net/socket_address.hh>

namespace osprey::abi {
namespace {

void append_family(text_sink& to, u16 family) noexcept {
    for (const value_name& n : socket_families::names)
        if (n.value == family) {
            to.append(n.name);
            return;
        }
    format_to(to, "{}", family);
}

/// The name in a sockaddr_un; abstract ones begin with @.
void append_unix(text_sink& to, const net::socket_address& a) noexcept {
    const char* path = reinterpret_cast<const char*>(a.bytes) + sizeof(u16);
    const usize room = a.length - sizeof(u16);
    if (room == 0)
        return;
    const bool abstract = path[0] == 0;
    const std::string_view given{path, room};
    const usize end = given.find('\0');
    const usize length = abstract ? room - 1 : end == given.npos ? room : end;
    to.append(abstract ? ", \"@" : ", \"");
    for (usize i = 0; i < length; ++i) {
        const char c = path[i + abstract];
        to.append(c >= ' ' && c < 0x7f ? std::string_view{&path[i + abstract], 1} : "?");
    }
    to.append("\"");
}

}  // namespace

void append_socket_name(text_sink& to, virtual_address where, u32 length) noexcept {
    net::socket_address a;
    a.length = length < sizeof a.bytes ? length : sizeof a.bytes;
    if (where == 0) {
        to.append("NULL");
        return;
    }
    if (!memory::copy_from_user(a.bytes, where, a.length) || a.length < sizeof(u16)) {
        format_to(to, "{:#x}", where);
        return;
    }
    to.append("{");
    append_family(to, a.family());
    if (a.family() == net::af_unix) {
        append_unix(to, a);
    } else if (auto e = net::to_endpoint(a, a.family())) {
        const auto text = net::to_text(e->address);
        const bool bracket = a.family() == net::af_inet6;
        format_to(to, ", {}{}{}:{}", bracket ? "[" : "", text.view(), bracket ? "]" : "", e->port);
    } else {
        format_to(to, ", {} bytes", a.length);
    }
    to.append("}");
}

void append_message_header(text_sink& to, virtual_address where) noexcept {
    auto header = memory::user_ptr<const abi_msghdr>{where}.load();
    if (!header) {
        format_to(to, "{:#x}", where);
        return;
    }
    to.append("{");
    append_socket_name(to, header->name, static_cast<u32>(header->name_length));
    format_to(to, ", {} parts, {} control bytes, flags {:#x}}}", header->vector_count,
              header->control_length, header->flags);
}

}  // namespace osprey::abi
