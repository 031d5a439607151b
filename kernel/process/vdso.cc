// SPDX-License-Identifier: BSD-3-Clause
#include <arch/clock.hh>
#include <arch/vdso.hh>
#include <process/vdso.hh>
#include <sched/clock.hh>
#include <sync/mutex.hh>

namespace osprey::proc {
namespace {

using arch::protection;

/// The pages of the vDSO, made once and mapped by every program.
struct vdso_pages {
    refptr<memory::vm_object> image, data;
    refptr<shared_name> image_name, data_name;
    arch::vdso_data* live = nullptr;  // the data page, as the kernel sees it
};
constinit sync::mutex pages_mutex;
constinit vdso_pages* pages = nullptr;  // guarded by pages_mutex; never freed

usize image_bytes() noexcept {
    return align_up(static_cast<usize>(arch::vdso_image_end - arch::vdso_image_start), page_size);
}

void fill(arch::vdso_data& data) noexcept {
    const arch::clock_parameters& clock = arch::clock_calibration();
    data.base_tsc = clock.base_tsc;
    data.base_ns = clock.base_ns;
    data.multiplier = clock.multiplier;
    data.shift = clock.shift;
    data.realtime_offset.store(sched::realtime_offset());
    data.usable = clock.usable && clock.shift > 0 && clock.shift < 64;
}

result<void> make_pages() noexcept {
    auto made = TRY(make_unique<vdso_pages>());
    made->image = TRY(memory::vm_object::create(image_bytes(), nullptr));
    made->data = TRY(memory::vm_object::create(page_size, nullptr));
    made->image_name = TRY(shared_name::create("[vdso]"));
    made->data_name = TRY(shared_name::create("[vvar]"));
    const usize bytes = static_cast<usize>(arch::vdso_image_end - arch::vdso_image_start);
    for (usize at = 0; at < bytes; at += page_size) {
        memory::frame* page =
            TRY(made->image->get_page(at / page_size, memory::vm_object::access::write));
        const usize n = bytes - at < page_size ? bytes - at : page_size;
        std::memcpy(memory::data_of(page), arch::vdso_image_start + at, n);
        memory::release_frame(page);
    }
    // The reference to this frame is kept: the kernel goes on writing to it.
    memory::frame* data = TRY(made->data->get_page(0, memory::vm_object::access::write));
    made->live = static_cast<arch::vdso_data*>(memory::data_of(data));
    fill(*made->live);
    pages = made.release();
    return ok;
}

}  // namespace

result<virtual_address> map_vdso(memory::address_space& space, memory::account& payer) noexcept {
    {
        sync::lock_guard guard{pages_mutex};
        if (!pages)
            TRY_VOID(make_pages());
    }
    using memory::placement;
    const auto base = TRY(space.map(0, page_size + image_bytes(), protection::none,
                                    memory::region_no_reserve, placement::anywhere, {}, payer));
    TRY(space.map(
        base, page_size, protection::read, memory::region_shared | memory::region_vdso,
        placement::fixed,
        {.object = pages->data, .offset = 0, .name = pages->data_name, .maximum = protection::read},
        payer));
    TRY(space.map(base + page_size, image_bytes(), protection::read | protection::execute,
                  memory::region_vdso, placement::fixed,
                  {.object = pages->image, .offset = 0, .name = pages->image_name}, payer));
    return base + page_size;
}

void update_vdso_clock() noexcept {
    sync::lock_guard guard{pages_mutex};
    if (!pages)
        return;
    arch::vdso_data& data = *pages->live;
    data.sequence.fetch_add(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    data.realtime_offset.store(sched::realtime_offset(), std::memory_order_relaxed);
    data.sequence.fetch_add(1, std::memory_order_release);
}

}  // namespace osprey::proc
