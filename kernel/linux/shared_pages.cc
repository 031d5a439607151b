// SPDX-License-Identifier: BSD-3-Clause
#include <linux/shared_pages.hh>

namespace osprey::abi {

shared_pages::~shared_pages() {
    for (memory::frame* page : pages_)
        memory::release_frame(page);
}

result<void> shared_pages::create(usize bytes) noexcept {
    bytes = align_up(bytes, page_size);
    object_ = TRY(memory::vm_object::create(bytes, nullptr));
    TRY_VOID(pages_.reserve(bytes >> page_shift));
    for (u64 i = 0; i < bytes >> page_shift; ++i)
        TRY_VOID(pages_.push_back(TRY(object_->get_page(i, memory::vm_object::access::write))));
    return {};
}

}  // namespace osprey::abi
