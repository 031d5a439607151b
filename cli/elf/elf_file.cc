// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <gelf.h>
#include <sys/stat.h>
#include <base/failure.hh>
#include <base/text.hh>
#include <base/unique_fd.hh>
#include <elf/elf_file.hh>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

namespace osprey::cli::elf {

namespace {

using elf_handle = std::unique_ptr<Elf, decltype(&elf_end)>;

struct machine_name {
    unsigned machine;
    const char* name;
};

constexpr std::array machine_names{
    machine_name{EM_386, "x86 (32 bit)"},    machine_name{EM_ARM, "ARM (32 bit)"},
    machine_name{EM_AARCH64, "ARM64"},       machine_name{EM_RISCV, "RISC-V"},
    machine_name{EM_PPC64, "64-bit POWER"},  machine_name{EM_S390, "IBM Z"},
    machine_name{EM_MIPS, "MIPS"},           machine_name{EM_LOONGARCH, "LoongArch"},
    machine_name{EM_PPC, "32-bit PowerPC"},  machine_name{EM_SPARCV9, "64-bit SPARC"},
    machine_name{EM_IA_64, "Intel Itanium"}, machine_name{EM_BPF, "BPF"},
};

std::string describe_machine(unsigned machine) {
    for (const machine_name& known : machine_names) {
        if (known.machine == machine) {
            return known.name;
        }
    }
    return fmt::format("machine number {}", machine);
}

failure not_runnable(const std::string& what, std::string hint) {
    return failure{exit_status::not_runnable, what, std::move(hint)};
}

failure cut_short(const std::string& name, uint64_t wanted, uint64_t have) {
    return not_runnable(
        fmt::format("{} is cut short: its headers speak of {} bytes, the file has {}", name, wanted,
                    have),
        "Copy, download or build the file again.");
}

/// Reads one file's structures; every offset is checked against the file's size.
class reader {
public:
    reader(const std::filesystem::path& path, std::string name) : name_{std::move(name)} {
        fd_ = unique_fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        struct stat status {};
        if (!fd_ || ::fstat(fd_.get(), &status) != 0) {
            throw failure{errno == ENOENT ? exit_status::not_found : exit_status::not_runnable,
                          fmt::format("cannot open {}: {}", name_, std::strerror(errno))};
        }
        if (S_ISDIR(status.st_mode)) {
            throw not_runnable(fmt::format("{} is a folder, not a program", name_), "");
        }
        size_ = static_cast<uint64_t>(status.st_size);
        ::elf_version(EV_CURRENT);
    }

    elf_file read() {
        check_identity();
        elf_ = elf_handle{elf_begin(fd_.get(), ELF_C_READ_MMAP, nullptr), &elf_end};
        GElf_Ehdr header{};
        if (elf_ == nullptr || gelf_getehdr(elf_.get(), &header) == nullptr) {
            throw not_runnable(
                fmt::format("{} has a damaged ELF header: {}", name_, elf_errmsg(-1)),
                "Copy, download or build the file again.");
        }
        if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
            throw not_runnable(fmt::format("{} is an ELF {}, not a program", name_,
                                           header.e_type == ET_REL    ? "object file"
                                           : header.e_type == ET_CORE ? "core dump"
                                                                      : "file of unknown type"),
                               header.e_type == ET_REL ? "Link it first." : "");
        }
        read_program_headers(header);
        elf_file file;
        file.is_program = header.e_type == ET_EXEC || header.e_entry != 0;
        read_dynamic(file);
        return file;
    }

private:
    void check_identity() const {
        std::array<unsigned char, EI_NIDENT + 4> start{};
        const ssize_t count = ::pread(fd_.get(), start.data(), start.size(), 0);
        if (count < SELFMAG || std::memcmp(start.data(), ELFMAG, SELFMAG) != 0) {
            throw not_runnable(
                count == 0 ? fmt::format("{} is empty", name_)
                           : fmt::format("{} is not an ELF program", name_),
                "Osprey runs x86-64 Linux executables, #! scripts, and images made by "
                "`osprey build`.");
        }
        if (static_cast<size_t>(count) < sizeof(Elf64_Ehdr) && size_ < sizeof(Elf64_Ehdr)) {
            throw cut_short(name_, sizeof(Elf64_Ehdr), size_);
        }
        const bool little = start[EI_DATA] == ELFDATA2LSB;
        const unsigned machine = little ? start[18] | start[19] << 8 : start[19] | start[18] << 8;
        if (machine != EM_X86_64 || start[EI_CLASS] != ELFCLASS64 || !little) {
            const std::string kind =
                machine == EM_X86_64 ? "x32 (32-bit addresses)" : describe_machine(machine);
            throw not_runnable(
                fmt::format("{} is a program for {}, and this guest is x86-64", name_, kind),
                "Use the x86-64 build of the program.");
        }
    }

    void read_program_headers(const GElf_Ehdr& header) {
        const uint64_t end =
            header.e_phoff + uint64_t{header.e_phnum} * uint64_t{header.e_phentsize};
        if (end > size_ || header.e_phoff > size_) {
            throw cut_short(name_, end, size_);
        }
        for (int i = 0; i < header.e_phnum; ++i) {
            GElf_Phdr segment{};
            if (gelf_getphdr(elf_.get(), i, &segment) == nullptr) {
                throw not_runnable(
                    fmt::format("{} has damaged program headers: {}", name_, elf_errmsg(-1)),
                    "Copy, download or build the file again.");
            }
            const bool in_file = segment.p_type == PT_LOAD || segment.p_type == PT_INTERP ||
                                 segment.p_type == PT_DYNAMIC;
            if (in_file && segment.p_filesz > 0 &&
                (segment.p_offset > size_ || segment.p_filesz > size_ - segment.p_offset)) {
                throw cut_short(name_, segment.p_offset + segment.p_filesz, size_);
            }
            segments_.push_back(segment);
        }
    }

    void read_dynamic(elf_file& file) {
        const GElf_Phdr* dynamic = nullptr;
        for (const GElf_Phdr& segment : segments_) {
            if (segment.p_type == PT_INTERP) {
                file.interpreter = string_at(segment.p_offset);
            } else if (segment.p_type == PT_DYNAMIC) {
                dynamic = &segment;
            }
        }
        if (dynamic == nullptr) {
            return;
        }
        std::vector<Elf64_Dyn> entries(dynamic->p_filesz / sizeof(Elf64_Dyn));
        read_bytes(dynamic->p_offset, entries.data(), entries.size() * sizeof(Elf64_Dyn));
        uint64_t strings = 0;
        for (const Elf64_Dyn& entry : entries) {
            if (entry.d_tag == DT_STRTAB) {
                strings = file_offset(entry.d_un.d_ptr);
            }
        }
        for (const Elf64_Dyn& entry : entries) {
            if (entry.d_tag == DT_NULL) {
                break;
            }
            const auto text = [&] {
                return string_at(strings + entry.d_un.d_val);
            };
            switch (entry.d_tag) {
                case DT_NEEDED:
                    file.needed.push_back(text());
                    break;
                case DT_SONAME:
                    file.soname = text();
                    break;
                case DT_RPATH:
                    file.rpath = split(text(), ':');
                    break;
                case DT_RUNPATH:
                    file.runpath = split(text(), ':');
                    break;
                default:
                    break;
            }
        }
    }

    /// Where in the file the byte of a virtual address is.
    uint64_t file_offset(uint64_t address) const {
        for (const GElf_Phdr& segment : segments_) {
            if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
                address - segment.p_vaddr < segment.p_filesz) {
                return segment.p_offset + (address - segment.p_vaddr);
            }
        }
        throw not_runnable(
            fmt::format("{} is damaged: its string table lies outside the file", name_),
            "Copy, download or build the file again.");
    }

    void read_bytes(uint64_t offset, void* into, size_t count) const {
        const ssize_t got = ::pread(fd_.get(), into, count, static_cast<off_t>(offset));
        if (got < 0 || static_cast<size_t>(got) != count) {
            throw cut_short(name_, offset + count, size_);
        }
    }

    std::string string_at(uint64_t offset) const {
        std::array<char, 4096> buffer{};
        const ssize_t got =
            ::pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
        const size_t count = got > 0 ? static_cast<size_t>(got) : 0;
        const size_t length = ::strnlen(buffer.data(), count);
        if (length == count) {
            throw cut_short(name_, offset + length + 1, size_);
        }
        return {buffer.data(), length};
    }

    std::string name_;
    unique_fd fd_;
    uint64_t size_ = 0;
    elf_handle elf_{nullptr, &elf_end};
    std::vector<GElf_Phdr> segments_;
};

}  // namespace

bool has_elf_magic(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::array<char, SELFMAG> start{};
    return file.read(start.data(), start.size()) && std::memcmp(start.data(), ELFMAG, SELFMAG) == 0;
}

elf_file read_elf(const std::filesystem::path& path, const std::string& name) {
    return reader{path, name}.read();
}

std::optional<elf_file> try_read_elf(const std::filesystem::path& path) {
    try {
        return reader{path, path.string()}.read();
    } catch (const failure&) {
        return std::nullopt;
    }
}

std::vector<std::string> script_interpreter(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::array<char, 256> start{};  // BINPRM_BUF_SIZE of Linux
    file.read(start.data(), start.size());
    std::string_view text{start.data(), static_cast<size_t>(file.gcount())};
    if (!text.starts_with("#!")) {
        return {};
    }
    text = text.substr(2, text.find('\n') - 2);
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(begin);
    const size_t end = text.find_last_not_of(" \t\r");
    text = text.substr(0, end + 1);
    const size_t blank = text.find_first_of(" \t");
    std::vector<std::string> words{std::string{text.substr(0, blank)}};
    if (blank != std::string_view::npos) {
        words.emplace_back(text.substr(text.find_first_not_of(" \t", blank)));
    }
    return words;
}

}  // namespace osprey::cli::elf
