// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/address.hh>
#include <net/short_list.hh>

namespace osprey::net {

/// Who told a name server; the command line counts most.
enum class name_origin : u8 { command_line, dhcp4, dhcp6, advertisement };

/// The name servers and search domains of the system, and /etc/resolv.conf. Runs in the
/// configuration thread.
class resolver {
public:
    /// Replaces what `from` said before about `device` (0: none).
    void set(name_origin from, u32 device, std::span<const ip_address> servers,
             std::span<const name_text<253>> search) noexcept;
    /// At most three, as resolv.conf(5) has it, in order.
    [[nodiscard]] short_list<ip_address, 3> servers() const noexcept;
    /// What resolv.conf says.
    void write_text(text_sink& to) const noexcept;

    void root_mounted() noexcept {
        has_root_ = true;
        write_file();
    }

private:
    struct entry {
        name_origin from{};
        u32 device = 0;
        short_list<ip_address, 8> servers;
        short_list<name_text<253>, 6> search;
    };
    void write_file() noexcept;

    static constexpr usize most_entries = 16;
    entry entries_[most_entries];
    usize count_ = 0;
    bool has_root_ = false;
};

}  // namespace osprey::net
