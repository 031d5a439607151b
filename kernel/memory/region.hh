// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory/address_space.hh>
#include <memory/frame.hh>
#include <memory/page_counters.hh>
#include <memory/page_table.hh>

namespace osprey::memory {

/// One mapped range of an address space. Guarded by the address space's lock.
struct address_space::region : region_span, object_mapping {
    protection access = protection::none;
    protection maximum = protection::none;
    u32 flags = 0;
    refptr<vm_object> object;  // null: private anonymous memory
    u64 offset = 0;            // into the object
    refptr<shared_name> name;
    account* owner = nullptr;

    [[nodiscard]] u64 bytes() const noexcept { return end - start; }
    [[nodiscard]] u64 pages() const noexcept { return bytes() >> page_shift; }
    [[nodiscard]] bool shared() const noexcept { return flags & region_shared; }
    [[nodiscard]] bool anonymous() const noexcept { return !object; }
    /// Counts towards RLIMIT_DATA, as Linux's is_data_mapping.
    [[nodiscard]] bool is_data() const noexcept {
        return allows(access, protection::write) &&
               !(flags & (region_shared | region_stack | region_grows_down));
    }
    /// What pages of the object itself are, as opposed to private copies.
    [[nodiscard]] page_kind object_kind() const noexcept {
        return object && object->has_pager() ? page_kind::file : page_kind::shared;
    }
    /// Page of the object that `address` shows.
    [[nodiscard]] u64 object_page(virtual_address address) const noexcept {
        return (address - start + offset) >> page_shift;
    }
    /// Rights of a page of the object itself, as opposed to a private copy: writes to it must fault
    /// when they have to be noticed or diverted.
    [[nodiscard]] protection object_access() const noexcept {
        bool writes_pass = shared() && !object->has_pager();
        return writes_pass ? access : access & ~protection::write;
    }
    /// Rights of a private page: one that is shared since a fork is copied by the next write.
    [[nodiscard]] protection private_access(page_table_entry e) const noexcept {
        const bool alone = ram_frame(e.frame())->references.load(std::memory_order_acquire) == 1;
        return alone ? access : access & ~protection::write;
    }
    /// Could `right` be the continuation of this region?
    [[nodiscard]] bool continues_in(const region& right) const noexcept {
        return end == right.start && access == right.access && maximum == right.maximum &&
               flags == right.flags && object == right.object && name == right.name &&
               owner == right.owner && !(flags & region_grows_down) &&
               (anonymous() || offset + bytes() == right.offset);
    }
    [[nodiscard]] region_view view() const noexcept {
        return {start,
                end,
                access,
                maximum,
                flags,
                offset,
                name ? name->view() : std::string_view{},
                object.get(),
                owner};
    }
};

inline address_space::region* address_space::from(region_span* s) noexcept {
    return static_cast<region*>(s);
}
inline address_space::region* address_space::find(virtual_address address) noexcept {
    return from(regions_.find(address));
}

template <typename F>
void address_space::for_each_view_of(vm_object& object, u64 first, u64 last, F&& visit) noexcept {
    for (region_span* s = regions_.first(); s; s = s->next) {
        region& r = *from(s);
        if (r.object.get() != &object)
            continue;
        const u64 low = r.offset >> page_shift, high = low + r.pages();  // pages shown
        if (last < low || first >= high)
            continue;
        visit(r, r.start + ((first > low ? first - low : 0) << page_shift),
              last + 1 < high && last + 1 > last ? r.start + ((last + 1 - low) << page_shift)
                                                 : r.end);
    }
}

}  // namespace osprey::memory
