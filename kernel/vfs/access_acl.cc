// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>
#include <vfs/access_acl.hh>

namespace osprey::vfs {
namespace {

constexpr u32 acl_version = 2;
enum acl_tag : u16 { owner = 1, user = 2, owning_group = 4, group = 8, mask = 16, others = 32 };
struct acl_entry {
    u16 tag, permissions;
    u32 id;
};
static_assert(sizeof(acl_entry) == 8);

}  // namespace

result<u32> permissions_of_acl(const void* value, usize bytes) noexcept {
    constexpr acl_tag wanted[] = {owner, owning_group, others};
    const auto* from = static_cast<const u8*>(value);
    u32 version;
    if (bytes < sizeof version || (bytes - sizeof version) % sizeof(acl_entry) != 0)
        return errc::invalid_argument;
    std::memcpy(&version, from, sizeof version);
    if (version != acl_version)
        return errc::not_supported;
    const usize entries = (bytes - sizeof version) / sizeof(acl_entry);
    u32 permissions = 0;
    for (usize i = 0; i < entries; ++i) {
        acl_entry entry;
        std::memcpy(&entry, from + sizeof version + i * sizeof entry, sizeof entry);
        if (entry.tag == user || entry.tag == group || entry.tag == mask)
            return errc::not_supported;
        if (i >= 3 || entry.tag != wanted[i] || entry.permissions > 7)
            return errc::invalid_argument;
        permissions = permissions << 3 | entry.permissions;
    }
    return entries == 3 ? result<u32>{permissions} : errc::invalid_argument;
}

}  // namespace osprey::vfs
