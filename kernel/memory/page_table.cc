// SPDX-License-Identifier: BSD-3-Clause
#include <memory/frames.hh>
#include <memory/page_table.hh>

namespace osprey::memory {

result<physical_address> allocate_table() noexcept {
    frame* f = TRY(allocate_kernel_frames(0, fill::zero));
    count(usage.page_tables, 1);
    return address_of(f);
}

void free_table(physical_address table) noexcept {
    count(usage.page_tables, -1);
    release_frame(ram_frame(table));
}

result<entry_slot*> make_slot(physical_address root, virtual_address address, unsigned level,
                              std::atomic<u64>* made) noexcept {
    physical_address table = root;
    for (unsigned at = arch::page_table_levels - 1; at > level; --at) {
        entry_slot& slot = slot_in(table, address, at);
        page_table_entry e = slot.load();
        if (e.empty()) [[unlikely]] {
            physical_address fresh = TRY(allocate_table());
            auto link = page_table_entry::table(fresh);
            if (slot.compare_exchange({}, link)) {
                e = link;
                if (made)
                    made->fetch_add(1, std::memory_order_relaxed);
            } else {
                free_table(fresh);
                e = slot.load();
            }
        }
        // A large page whose protection is `none` is not present, but large
        if (e.large())
            return errc::exists;
        table = e.frame();
    }
    return &slot_in(table, address, level);
}

}  // namespace osprey::memory
