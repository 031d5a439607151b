// SPDX-License-Identifier: BSD-3-Clause
#include <base/failure.hh>
#include <base/files.hh>
#include <base/subprocess.hh>
#include <base/text.hh>
#include <elf/elf_file.hh>
#include <qemu/command_line.hh>

#include <cstdlib>

namespace osprey::cli::qemu {

namespace {

/// QEMU doubles commas inside option values.
std::string escape_commas(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        escaped += c;
        if (c == ',') {
            escaped += c;
        }
    }
    return escaped;
}

std::string chardev(const std::string& kind_and_options, const char* id) {
    const size_t comma = kind_and_options.find(',');
    const std::string rest = comma == std::string::npos ? "" : kind_and_options.substr(comma);
    return fmt::format("{},id={}{}", kind_and_options.substr(0, comma), id, rest);
}

}  // namespace

std::vector<std::string> build_command_line(const machine& guest, const channels& ends) {
    const bool has_pci = guest.type != "microvm";
    const std::string bus = has_pci ? "pci" : "device";
    std::vector<std::string> line{guest.qemu,   "-nodefaults", "-no-user-config",
                                  "-no-reboot", "-display",    "none",
                                  "-vga",       "none"};
    const auto add = [&](std::initializer_list<std::string> words) {
        line.insert(line.end(), words);
    };
    add({"-M", guest.type, "-accel", guest.accel.argument, "-cpu", "max"});
    add({"-smp", std::to_string(guest.cpus), "-m", fmt::format("{}M", guest.memory_mib)});
    add({"-kernel", guest.kernel.string(), "-append", guest.append});
    if (!has_pci) {
        // virtio 1 over MMIO; QEMU's default is the older layout.
        add({"-global", "virtio-mmio.force-legacy=false"});
    }
    add({"-chardev", chardev(ends.log, "log"), "-serial", "chardev:log"});
    add({"-device", fmt::format("virtio-serial-{},id=ports", bus)});
    // No `virtconsole`: QEMU drops what a guest writes to one while the host's side is full.
    add({"-chardev", chardev(ends.console, "console"), "-device",
         guest.plain_console
             ? "virtconsole,bus=ports.0,nr=0,chardev=console"
             : "virtserialport,bus=ports.0,nr=3,chardev=console,name=org.osprey.console"});
    if (guest.separate_stderr) {
        add({"-chardev", chardev(ends.error, "stderr"), "-device",
             "virtserialport,bus=ports.0,nr=1,chardev=stderr,name=org.osprey.stderr"});
    }
    add({"-chardev", chardev(ends.control, "control"), "-device",
         "virtserialport,bus=ports.0,nr=2,chardev=control,name=org.osprey.control"});
    if (!ends.agent.empty()) {
        add({"-chardev", chardev(ends.agent, "agent"), "-device",
             "virtserialport,bus=ports.0,nr=4,chardev=agent,name=org.osprey.agent"});
    }
    add({"-device", fmt::format("virtio-rng-{}", bus)});
    add({"-drive",
         fmt::format("if=none,id=root,format=raw,readonly=on,file={}",
                     escape_commas(guest.image.string())),
         "-device", fmt::format("virtio-blk-{},drive=root", bus)});
    const std::vector<std::string> network = network_arguments(guest.network, bus);
    line.insert(line.end(), network.begin(), network.end());
    if (guest.monitor_fd >= 0) {
        add({"-chardev",
             fmt::format("socket,id=monitor,fd={},server=on,wait=off", guest.monitor_fd), "-mon",
             "chardev=monitor,mode=control"});
    }
    add({"-device", "isa-debug-exit,iobase=0x501,iosize=4"});
    if (has_pci) {
        add({"-device", "pvpanic"});
    }
    if (guest.gdb_port != 0) {
        add({"-gdb", fmt::format("tcp:127.0.0.1:{}", guest.gdb_port), "-S"});
    }
    return line;
}

std::string pasteable_command_line(const machine& guest) {
    machine pasted = guest;
    pasted.plain_console = true;
    return shell_join(build_command_line(pasted, {.log = "file,path=/dev/stderr",
                                                  .console = "stdio,signal=off",
                                                  .error = "file,path=/dev/stderr",
                                                  .control = "null"}));
}

std::filesystem::path find_kernel() {
    std::vector<fs::path> candidates;
    if (const char* given = std::getenv("OSPREY_KERNEL"); given != nullptr && given[0] != '\0') {
        candidates = {given};
    } else {
        const fs::path own = own_folder();
        candidates = {own / "kernel.elf", own.parent_path() / "libexec/osprey/kernel.elf"};
    }
    for (const fs::path& path : candidates) {
        std::error_code error;
        if (!fs::exists(path, error)) {
            continue;
        }
        if (!elf::has_elf_magic(path)) {
            throw failure{fmt::format("the kernel {} is not an ELF file", path.string()),
                          "Build it again with `make`."};
        }
        return fs::absolute(path);
    }
    throw failure{fmt::format("cannot find the kernel {}", candidates.front().string()),
                  "Build it with `make`, or say where it is with OSPREY_KERNEL."};
}

std::string find_qemu() {
    const char* given = std::getenv("OSPREY_QEMU");
    const std::string name = given != nullptr && given[0] != '\0' ? given : "qemu-system-x86_64";
    const std::string path = find_command(name);
    if (path.empty()) {
        throw failure{fmt::format("cannot find QEMU ({})", name),
                      "Install it: apt-get install qemu-system-x86, or run scripts/setup."};
    }
    return path;
}

void check_machine_type(const std::string& type) {
    if (type != "q35" && type != "pc" && type != "microvm") {
        throw failure{exit_status::usage, fmt::format("there is no machine type '{}'", type),
                      "Choose q35, pc or microvm."};
    }
}

}  // namespace osprey::cli::qemu
