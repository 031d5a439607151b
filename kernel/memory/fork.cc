// SPDX-License-Identifier: BSD-3-Clause
#include <base/assert.hh>
#include <base/vector.hh>
#include <memory/frames.hh>
#include <memory/space_editor.hh>
#include <trace/tracepoint.hh>

// fork(2): a copy of an address space.
//
// A private page keeps its private bit and gets a second reference and a second entry; both entries
// lose the right to write. A fault that wants to write copies the page while it has more than one
// reference, and takes it for its own when the others have gone. Pages of objects are not copied:
// the child finds them in the object when it needs them.

namespace osprey::memory {
namespace {

/// Lock held exclusively. Large pages come apart: single pages can be copied one at a time.
result<void> split_all_large(space_editor& editor, physical_address root, virtual_address start,
                             virtual_address end) noexcept {
    vector<virtual_address> large;
    result<void> outcome;
    for_each_leaf(root, arch::page_table_levels - 1, start, end,
                  [&](entry_slot&, virtual_address at, unsigned level, page_table_entry) {
                      if (level == 1 && outcome)
                          outcome = large.push_back(at);
                  });
    TRY_VOID(std::move(outcome));
    for (virtual_address at : large)
        TRY_VOID(editor.split_large_at(at + page_size));
    return {};
}

}  // namespace

/// Both locks held exclusively.
result<void> address_space::share_private_pages(region& r, region& copy,
                                                address_space& child) noexcept {
    release_batch batch{root_};
    result<void> outcome;
    u64 shared = 0;
    for_each_leaf(root_, arch::page_table_levels - 1, r.start, r.end,
                  [&](entry_slot& slot, virtual_address at, unsigned, page_table_entry e) {
                      if (!e.is_private() || !outcome)
                          return;
                      auto target = make_slot(child.root_, at, 0, &child.tables_);
                      if (!target) {
                          outcome = target.error();
                          return;
                      }
                      while (!slot.compare_exchange(e, e.read_only()))
                          e = slot.load();  // the CPU set the accessed or dirty bit
                      if (e.present() && e.writable())
                          batch.note(at, page_size);
                      hold_frame(ram_frame(e.frame()));
                      (*target)->store(e.read_only());
                      ++shared;
                  });
    add_resident(*copy.owner, shared, page_kind::anonymous);
    return outcome;
}

result<void> address_space::copy_regions(address_space& child, account& from,
                                         account& to) noexcept {
    space_editor here{*this}, there{child};
    for (region_span* s = regions_.first(); s; s = s->next) {
        region& r = *address_space::from(s);
        if (r.owner != &from || r.flags & region_dont_fork)
            continue;
        TRY_VOID(split_all_large(here, root_, r.start, r.end));
        region* copy = space_editor::clone(r, r.start, r.end);
        if (!copy)
            return errc::out_of_memory;
        copy->owner = &to;
        copy->flags &= ~u32{region_locked};  // mlock(2): not inherited
        space_editor::account_mapped(*copy, copy->pages(), true);
        there.insert(*copy);
        if (!(r.flags & region_wipe_on_fork))
            TRY_VOID(share_private_pages(r, *copy, child));
    }
    return {};
}

TRACEPOINT(memory, memory_fork, trace::address space);
result<refptr<address_space>> address_space::fork(account& from, account& to) noexcept {
    TRACE(memory_fork, this);
    auto child = TRY(create_unlisted());
    child->map_base_ = map_base_;
    {
        sync::lock_guard guard{lock_};
        // Nobody knows the child yet, so its lock is free; from the first region on, objects do.
        const bool locked = child->lock_.try_lock();
        ensure(locked, "a new address space is in use");
        auto outcome = copy_regions(*child, from, to);
        child->lock_.unlock();
        TRY_VOID(std::move(outcome));
    }
    child->enter_list();
    return child;
}

}  // namespace osprey::memory
