// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/vector.hh>
#include <memory/vm_object.hh>

namespace osprey::abi {

/// Memory that the kernel shares with an application: the rings of native AIO and io_uring. The
/// pages stay where they are, so the kernel reaches them without faults and in any context.
///
/// The application may change everything at any moment: what is read here has to be checked like
/// an argument.
class shared_pages {
public:
    shared_pages() noexcept = default;
    shared_pages(const shared_pages&) = delete;
    ~shared_pages();
    /// Once. @return `errc::out_of_memory`.
    result<void> create(usize bytes) noexcept;

    [[nodiscard]] const refptr<memory::vm_object>& object() const noexcept { return object_; }
    [[nodiscard]] usize bytes() const noexcept { return pages_.size() * page_size; }
    /// The place of a `T` that lies within one page.
    template <typename T>
    [[nodiscard]] T& at(usize offset) const noexcept {
        auto* page = static_cast<char*>(memory::data_of(pages_[offset >> page_shift]));
        return *reinterpret_cast<T*>(page + (offset & (page_size - 1)));
    }
    /// A 32-bit word that both sides change.
    [[nodiscard]] std::atomic_ref<u32> word(usize offset) const noexcept {
        return std::atomic_ref<u32>{at<u32>(offset)};
    }

private:
    refptr<memory::vm_object> object_;
    vector<memory::frame*> pages_;
};

}  // namespace osprey::abi
