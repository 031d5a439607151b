// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <gelf.h>
#include <base/unique_fd.hh>
#include <elf/imports.hh>

#include <algorithm>
#include <memory>

namespace osprey::cli::elf {

std::vector<std::string> imported_functions(const std::filesystem::path& path) {
    std::vector<std::string> names;
    ::elf_version(EV_CURRENT);
    const unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) {
        return names;
    }
    const std::unique_ptr<Elf, decltype(&elf_end)> elf{
        elf_begin(fd.get(), ELF_C_READ_MMAP, nullptr), &elf_end};
    for (Elf_Scn* section = elf ? elf_nextscn(elf.get(), nullptr) : nullptr; section != nullptr;
         section = elf_nextscn(elf.get(), section)) {
        GElf_Shdr header{};
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_DYNSYM ||
            header.sh_entsize == 0) {
            continue;
        }
        Elf_Data* const data = elf_getdata(section, nullptr);
        for (size_t i = 0; data != nullptr && i < header.sh_size / header.sh_entsize; ++i) {
            GElf_Sym symbol{};
            if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr ||
                symbol.st_shndx != SHN_UNDEF) {
                continue;
            }
            const char* const name = elf_strptr(elf.get(), header.sh_link, symbol.st_name);
            if (name != nullptr && *name != '\0') {
                names.emplace_back(name);
            }
        }
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

}  // namespace osprey::cli::elf
