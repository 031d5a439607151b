// SPDX-License-Identifier: BSD-3-Clause
#include <process/program_symbol.hh>

namespace osprey::proc {
namespace {

class object_source final : public elf_source {
public:
    explicit object_source(memory::vm_object& object) noexcept : object_{object} {}
    bool read(u64 offset, void* to, usize bytes) noexcept override {
        auto got = object_.read(offset, to, bytes);
        return got && *got == bytes;
    }

private:
    memory::vm_object& object_;
};

}  // namespace

void find_place(memory::address_space& space, program_place& p) noexcept {
    space.for_each_region(
        [](const memory::region_view& region, void* context) {
            auto& p = *static_cast<program_place*>(context);
            if (p.wanted < region.start || p.wanted >= region.end)
                return region.start <= p.wanted;
            p.found = true;
            p.file_offset = region.offset + (p.wanted - region.start);
            p.object = refptr<memory::vm_object>{region.object};
            p.access = region.access;
            p.file.append(region.name.substr(region.name.rfind('/') + 1));
            return false;
        },
        &p);
}

elf_symbol find_symbol_at(const program_place& p) noexcept {
    if (!p.object)
        return {};
    object_source source{*p.object};
    return find_elf_symbol(source, p.file_offset);
}

}  // namespace osprey::proc
