// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as an EROFS image: everything that can be read is read. Errors are expected; stepping
// outside a block, losing memory and endless loops are not.
#include <base/log.hh>
#include <cstdlib>
#include <cstring>
#include <fs/erofs/image.hh>
#include <string>
#include <vector>

#include "../../unit/erofs/memory_source.hh"

namespace {

using namespace osprey;
using namespace osprey::fs::erofs;

struct explorer final : entry_sink, xattr_sink {
    explicit explorer(image& of) : from{of} {}
    bool add(const listed_entry& e) noexcept override {
        if (nids.size() >= 64)
            return false;
        nids.push_back(e.nid);
        names.emplace_back(e.name);
        return true;
    }
    void add(std::string_view, std::string_view) noexcept override {}

    void visit(u64 nid, int depth) {
        auto node = from.read_inode(nid);
        if (!node || budget-- <= 0)
            return;
        (void)from.list_xattrs(*node, *this);
        u8 small[64];
        (void)from.get_xattr(*node, "user.colour", small, sizeof small);
        if ((node->mode & 0170000) == 0040000) {
            nids.clear();
            names.clear();
            (void)from.list(*node, 0, *this);
            const auto children = nids;
            for (const auto& name : std::vector<std::string>{names})
                (void)from.lookup(*node, name);
            if (depth < 4)
                for (u64 child : children)
                    visit(child, depth + 1);
            return;
        }
        (void)from.read(*node, node->size / 2, small, sizeof small);
        static u8 room[16][4096];
        void* to[16];
        for (int i = 0; i < 16; ++i)
            to[i] = room[i];
        for (u64 index = 0; index < node->blocks() && index < 64; index += 16)
            (void)from.read_pages(*node, index, to, 16);
        if (node->blocks() > 16)
            (void)from.read_pages(*node, node->blocks() - 8, to, 16);
    }

    image& from;
    std::vector<u64> nids;
    std::vector<std::string> names;
    int budget = 60;
};

}  // namespace

void osprey::log::write(level, std::string_view) noexcept {}

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t bytes) {
    if (bytes < 2048)
        return 0;
    std::vector<u8> copy{data, data + bytes};
    copy.resize((bytes + 4095) / 4096 * 4096);
    copy[superblock_offset + offsetof(superblock, compatible_features)] &= ~u8{has_checksum};
    test::memory_source source{copy};
    const char* reason = nullptr;
    if (auto facts = read_superblock(source, reason)) {
        image from{source, *facts};
        explorer all{from};
        all.visit(facts->root_nid, 0);
    } else if (!reason) {
        std::abort();
    }
    if (source.pins != 0)
        std::abort();
    return 0;
}
