// SPDX-License-Identifier: BSD-3-Clause
#include <net/domain_list.hh>

namespace osprey::net {

void parse_domain_list(std::span<const u8> from, short_list<name_text<253>, 6>& to) noexcept {
    while (!from.empty()) {
        char name[254];
        usize length = 0;
        while (!from.empty() && from[0] != 0) {
            const usize label = from[0];
            if (label > 63 || label + 1 > from.size() || length + label + 1 > sizeof name)
                return;
            if (length != 0)
                name[length++] = '.';
            std::memcpy(name + length, from.data() + 1, label);
            length += label;
            from = from.subspan(1 + label);
        }
        if (from.empty())
            return;
        from = from.subspan(1);
        name_text<253> domain;
        if (length != 0 && domain.assign({name, length}))
            to.add(domain);
    }
}

}  // namespace osprey::net
