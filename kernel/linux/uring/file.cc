// SPDX-License-Identifier: BSD-3-Clause
//
// The descriptor of a ring.
#include <cstring>
#include <linux/uring/ring.hh>
#include <vfs/poll.hh>

namespace osprey::abi {
namespace {

// IORING_OFF_*
constexpr u64 cq_ring_offset = 0x800'0000, entries_offset = 0x1000'0000, area_mask = 0xf800'0000;

class uring_file final : public vfs::file {
public:
    explicit uring_file(refptr<uring> ring) noexcept
        : file{nullptr, vfs::o_rdwr}, ring_{std::move(ring)} {}

    result<usize> read(vfs::io_buffer&) noexcept override { return errc::invalid_argument; }
    result<usize> write(vfs::io_buffer&) noexcept override { return errc::invalid_argument; }
    u32 poll(vfs::poll_registration* w) noexcept override { return ring_->poll(w); }
    void released() noexcept override { ring_->close(); }
    result<mapped_part> mapping_at(u64 offset, u64 bytes, bool, bool) noexcept override {
        const bool entries = (offset & area_mask) == entries_offset;
        if (!entries && (offset & area_mask) != 0 && (offset & area_mask) != cq_ring_offset)
            return errc::invalid_argument;
        const shared_pages& area = entries ? ring_->entries() : ring_->rings();
        if (bytes > area.bytes())
            return errc::invalid_argument;
        return mapped_part{area.object(), 0};
    }
    usize describe(char* to, usize room) const noexcept override {
        constexpr std::string_view text = "anon_inode:[io_uring]";
        const usize n = text.size() < room ? text.size() : room;
        std::memcpy(to, text.data(), n);
        return n;
    }
    [[nodiscard]] bool is_uring() const noexcept override { return true; }
    [[nodiscard]] uring& ring() const noexcept { return *ring_; }

private:
    refptr<uring> ring_;
};

}  // namespace

uring& uring_of(vfs::file& f) noexcept {
    return static_cast<uring_file&>(f).ring();
}

result<refptr<vfs::file>> make_uring_file(refptr<uring> ring) noexcept {
    return TRY(make_ref<uring_file>(std::move(ring)));
}

}  // namespace osprey::abi
