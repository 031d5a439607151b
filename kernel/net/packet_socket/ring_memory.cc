// SPDX-License-Identifier: BSD-3-Clause
#include <net/packet_socket/ring_memory.hh>

namespace osprey::net {

namespace {
constexpr u32 most_bytes = 64 * 1024 * 1024;
}

receive_ring::~receive_ring() {
    for (memory::frame* page : pages_)
        memory::release_frame(page);
}

result<void> receive_ring::allocate(const ring_request& r, u32 least_frame) noexcept {
    if (r.block_bytes == 0 || r.block_bytes % page_size != 0 || r.frame_bytes % alignment != 0 ||
        r.frame_bytes < least_frame || r.frame_bytes > r.block_bytes || r.blocks == 0 ||
        r.blocks > most_bytes / r.block_bytes ||
        u64{r.block_bytes / r.frame_bytes} * r.blocks != r.frames)
        return errc::invalid_argument;
    const u64 bytes = u64{r.block_bytes} * r.blocks;
    object_ = TRY(memory::vm_object::create(bytes, nullptr));
    TRY_VOID(pages_.reserve(bytes / page_size));
    for (u64 i = 0; i < bytes / page_size; ++i) {
        memory::frame* page = TRY(object_->get_page(i, memory::vm_object::access::write));
        TRY_VOID(pages_.push_back(page));
    }
    return ok;
}

u8* receive_ring::at(u64 offset) const noexcept {
    return static_cast<u8*>(memory::data_of(pages_[offset >> page_shift])) + offset % page_size;
}

void receive_ring::store(u64 to, const void* from, usize n) noexcept {
    const auto* bytes = static_cast<const u8*>(from);
    while (n != 0) {
        const usize room = page_size - to % page_size;
        const usize here = n < room ? n : room;
        std::memcpy(at(to), bytes, here);
        to += here;
        bytes += here;
        n -= here;
    }
}

void receive_ring::store(u64 to, const packet& p, u32 n) noexcept {
    u8 part[256];
    for (u32 done = 0; done < n;) {
        const u32 here = n - done < sizeof part ? n - done : static_cast<u32>(sizeof part);
        (void)p.copy_out(done, part, here);
        store(to + done, part, here);
        done += here;
    }
}

u32 receive_ring::checksum_status(const packet& p) noexcept {
    switch (p.check) {
        case checksum_state::partial:
            return status_checksum_not_ready;
        case checksum_state::verified:
            return status_checksum_valid;
        default:
            return 0;
    }
}

}  // namespace osprey::net
