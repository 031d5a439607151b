// SPDX-License-Identifier: BSD-3-Clause
// Finding and checking what execve(2) was asked to run.
#include <arch/program_abi.hh>
#include <base/log.hh>
#include <process/program.hh>

namespace osprey::proc {
namespace {

constexpr u32 deepest_script = 4;  // a script may name a script, so often (as Linux)
constexpr usize head_bytes = 256;  // what is read to tell what a file is

/// What stays open while a program is checked.
struct opened {
    vfs::path location;
    refptr<vfs::file> file;
    u64 bytes;
};

result<usize> read_some(vfs::file& f, u64 offset, void* to, usize bytes) noexcept {
    usize done = 0;
    while (done < bytes) {
        vfs::io_buffer buffer{static_cast<char*>(to) + done, bytes - done,
                              vfs::io_buffer::memory_kind::kernel};
        const usize n = TRY(f.read_at(buffer, offset + done));
        if (n == 0)
            break;
        done += n;
    }
    return done;
}

result<opened> open_program(vfs::path location) noexcept {
    const auto attributes = TRY(vfs::get_attributes(location));
    if (attributes.type == vfs::node_type::directory ||
        attributes.type != vfs::node_type::regular || (attributes.permissions & 0111) == 0)
        return errc::access_denied;
    auto file = TRY(vfs::open_path(location, vfs::o_rdonly));
    return opened{std::move(location), std::move(file), attributes.size};
}

constinit sync::mutex refusal_mutex;
constinit char last_refusal[200];  // guarded by refusal_mutex
constinit usize last_refusal_size = 0;

template <typename... Args>
void tell_refusal(std::string_view name, format_string<std::type_identity_t<Args>...> format,
                  const Args&... args) noexcept {
    fixed_text<sizeof last_refusal> text;
    format_to<Args...>(text, format, args...);
    log::warning("exec: {}: {}", name, text.view());
    sync::lock_guard guard{refusal_mutex};
    last_refusal_size = text.view().copy(last_refusal, sizeof last_refusal);
}

errc refuse(std::string_view name, elf_problem problem, errc answer) noexcept {
    tell_refusal(name, "{}", describe(problem));
    return answer;
}

/// Checks `what` as an ELF file of this machine. `answer`: the error for a bad one.
result<unique_ptr<elf_file>> check_elf(vfs::directory_context& directories, opened& what,
                                       std::string_view name, std::span<const u8> head,
                                       errc answer) noexcept {
    auto file = TRY(make_unique<elf_file>());
    elf_header header;
    if (auto problem = parse_elf_header(head, arch::elf_machine, header);
        problem != elf_problem::none)
        return refuse(name, problem, answer);
    vector<u8> table;
    TRY_VOID(table.resize(header.program_headers_count * elf_header::program_header_bytes));
    const usize got =
        TRY(read_some(*what.file, header.program_headers_offset, table.data(), table.size()));
    table.truncate(got);
    if (auto problem = parse_program_headers(header, table.span(), what.bytes,
                                             arch::application_limit, file->program);
        problem != elf_problem::none)
        return refuse(name, problem, answer);
    file->pages = TRY(what.file->mapping(false, false));
    auto full_name = TRY(vfs::name_of(what.location, directories.root()));
    file->name = TRY(shared_name::create(full_name.view()));
    file->location = what.location;
    return file;
}

result<string> interpreter_name(opened& what, const elf_program& program,
                                std::string_view name) noexcept {
    vector<char> text;
    TRY_VOID(text.resize(program.interpreter_bytes));
    const usize got =
        TRY(read_some(*what.file, program.interpreter_offset, text.data(), text.size()));
    if (got != text.size() || text.back() != '\0')
        return refuse(name, elf_problem::bad_interpreter_name, errc::exec_format);
    return string::copy_of(text.data());
}

/// The ELF interpreter (ld.so) that `what` asks for; null if it asks for none.
result<unique_ptr<elf_file>> find_interpreter(vfs::directory_context& directories, opened& what,
                                              const elf_program& program,
                                              std::string_view name) noexcept {
    if (program.interpreter_bytes == 0)
        return unique_ptr<elf_file>{};
    const string wanted = TRY(interpreter_name(what, program, name));
    auto location = vfs::resolve(directories, directories.cwd(), wanted.view(), vfs::follow_last);
    if (!location) {
        tell_refusal(name, "its interpreter {} is missing ({})", wanted.view(),
                     name_of(location.error()));
        return location.error();
    }
    auto opened_interpreter = open_program(std::move(*location));
    if (!opened_interpreter) {
        tell_refusal(name, "its interpreter {} cannot be run ({})", wanted.view(),
                     name_of(opened_interpreter.error()));
        return opened_interpreter.error();
    }
    u8 head[head_bytes];
    const usize got = TRY(read_some(*opened_interpreter->file, 0, head, sizeof head));
    return check_elf(directories, *opened_interpreter, wanted.view(), {head, got},
                     errc::bad_shared_library);
}

/// Replaces argument 0 by the "#!" line's interpreter, its argument, and the script's name.
result<void> insert_script(prepared_program& p, const script_line& line,
                           std::string_view script_name) noexcept {
    auto keep = [&](std::string_view text) -> result<std::string_view> {
        string copy = TRY(string::copy_of(text));
        TRY_VOID(p.owned.push_back(std::move(copy)));
        return p.owned.back().view();
    };
    if (!p.arguments.empty())
        p.arguments.erase(0);
    const auto name = TRY(keep(script_name));
    TRY_VOID(p.arguments.insert(0, name));
    if (!line.argument.empty()) {
        const auto argument = TRY(keep(line.argument));
        TRY_VOID(p.arguments.insert(0, argument));
    }
    const auto interpreter = TRY(keep(line.interpreter));
    return p.arguments.insert(0, interpreter);
}

}  // namespace

void take_last_refusal(text_sink& out) noexcept {
    sync::lock_guard guard{refusal_mutex};
    out.append({last_refusal, last_refusal_size});
    last_refusal_size = 0;
}

result<prepared_program> prepare_program(vfs::directory_context& directories, vfs::path program,
                                         std::string_view name,
                                         std::span<const std::string_view> arguments,
                                         reach found) noexcept {
    prepared_program out;
    out.name = TRY(string::copy_of(name));
    TRY_VOID(out.arguments.append(arguments));
    string current = TRY(string::copy_of(name));
    for (u32 depth = 0;; ++depth) {
        opened file = TRY(open_program(std::move(program)));
        u8 head[head_bytes] = {};
        const usize got = TRY(read_some(*file.file, 0, head, sizeof head));
        script_line line;
        if (!parse_script({head, got}, line)) {
            out.executable =
                TRY(check_elf(directories, file, current.view(), {head, got}, errc::exec_format));
            out.interpreter =
                TRY(find_interpreter(directories, file, out.executable->program, current.view()));
            return out;
        }
        if (found == reach::not_after_exec)
            return errc::no_entry;
        if (depth == deepest_script)
            return errc::too_many_symlinks;
        TRY_VOID(insert_script(out, line, current.view()));
        auto next =
            vfs::resolve(directories, directories.cwd(), line.interpreter, vfs::follow_last);
        if (!next) {
            tell_refusal(current.view(), "its interpreter {} is missing ({})", line.interpreter,
                         name_of(next.error()));
            return next.error();
        }
        current = TRY(string::copy_of(line.interpreter));
        program = std::move(*next);
    }
}

}  // namespace osprey::proc
