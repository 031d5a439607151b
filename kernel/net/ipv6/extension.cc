// SPDX-License-Identifier: BSD-3-Clause
#include <net/ipv6/extension.hh>

namespace osprey::net {

namespace {
using end = extension_walk::end;

constexpr u8 option_pad1 = 0, option_padn = 1, option_router_alert = 5;
enum : u8 { erroneous_field = 0, unknown_header = 1, unknown_option = 2 };

/// Options of a hop-by-hop or destination header (RFC 8200 §4.2). The two upper bits of an unknown
/// one say what to do about it. @return false: the walk ends as `w` says.
bool check_options(std::span<const u8> options, u32 at, bool to_group, extension_walk& w) noexcept {
    unsigned seen = 0;
    const auto fail = [&](end e, u8 code, u32 pointer) noexcept {
        w.at = e;
        w.code = code;
        w.pointer = pointer;
        return false;
    };
    while (!options.empty()) {
        if (options[0] == option_pad1) {
            options = options.subspan(1);
            ++at;
            continue;
        }
        if (options.size() < 2 || options.size() - 2 < options[1] ||
            ++seen > most_extension_options)
            return fail(end::discard, 0, 0);
        if (options[0] == option_router_alert) {
            w.router_alert = true;
        } else if (options[0] != option_padn) {
            switch (options[0] >> 6) {
                case 0:
                    break;
                case 1:
                    return fail(end::discard, 0, 0);
                case 2:
                    return fail(end::problem, unknown_option, at);
                default:
                    return to_group ? fail(end::discard, 0, 0)
                                    : fail(end::problem, unknown_option, at);
            }
        }
        const u32 step = 2u + options[1];
        options = options.subspan(step);
        at += step;
    }
    return true;
}

}  // namespace

extension_walk walk_extensions(std::span<const u8> packet, const extension_start& start,
                               bool past_fragment) noexcept {
    extension_walk w{.at = end::upper};
    w.protocol = start.protocol;
    w.offset = start.offset;
    w.next_field = start.next_field;
    for (unsigned headers = 0;; ++headers) {
        const u8 kind = w.protocol;
        if (kind == extension_none) {
            w.at = end::no_next;
            return w;
        }
        if (kind == extension_hop_by_hop && (headers != 0 || !start.first)) {
            w.at = end::problem;
            w.code = unknown_header;
            w.pointer = w.next_field;
            return w;
        }
        const bool is_extension = kind == extension_hop_by_hop || kind == extension_routing ||
                                  kind == extension_destination || kind == extension_fragment;
        if (!is_extension)
            return w;
        if (headers == most_extension_headers) {
            w.at = end::discard;
            return w;
        }
        if (packet.size() < w.offset + 8) {
            w.at = end::cut_short;
            return w;
        }
        const u8* at = packet.data() + w.offset;
        u32 bytes = 8;
        if (kind == extension_fragment) {
            if (!past_fragment) {
                w.at = end::fragment;
                return w;
            }
            w.fragmented = true;
        } else {
            bytes = (at[1] + 1u) * 8;
            if (packet.size() < w.offset + bytes) {
                w.at = end::cut_short;
                return w;
            }
            if (kind == extension_routing) {
                // Nothing is forwarded: with segments left it is not for us, whatever its type is
                // (RFC 8200 §4.4; type 0 went with RFC 5095).
                if (at[3] != 0) {
                    w.at = end::problem;
                    w.code = erroneous_field;
                    w.pointer = w.offset + 2;
                    return w;
                }
            } else if (!check_options(packet.subspan(w.offset + 2, bytes - 2), w.offset + 2,
                                      start.to_group, w)) {
                return w;
            }
        }
        w.protocol = at[0];
        w.next_field = w.offset;
        w.offset += bytes;
    }
}

}  // namespace osprey::net
