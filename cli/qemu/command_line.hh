// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <qemu/accelerator.hh>
#include <qemu/network.hh>
#include <string>
#include <vector>

namespace osprey::cli::qemu {

/// What the kernel takes of -append; longer command lines go into the image.
inline constexpr size_t longest_append = 2047;

/// Everything about the virtual machine but where its channels end.
struct machine {
    std::string qemu = "qemu-system-x86_64";
    std::filesystem::path kernel;
    std::filesystem::path image;
    std::string type = "q35";  ///< q35, pc or microvm
    accelerator accel;
    uint64_t memory_mib = 512;
    unsigned cpus = 1;
    std::string append;
    bool plain_console = false;   ///< a virtconsole, which loses output of fast writers but none at
                                  ///< the end of its input, as a console on stdio must not
    bool separate_stderr = true;  ///< false on a terminal, where both go to the console
    int gdb_port = 0;             ///< 0: none; else wait for a debugger there
    std::vector<network_card> network;
    int monitor_fd = -1;  ///< a listening socket for QEMU's monitor; -1: none
};

/// The text after `-chardev` of each channel, without `id=`: for example "socket,fd=5".
struct channels {
    std::string log;
    std::string console;
    std::string error;
    std::string control;
    std::string agent = {};  ///< empty: no port for the agent
};

/// The QEMU command line, program first.
[[nodiscard]] std::vector<std::string> build_command_line(const machine& guest,
                                                          const channels& ends);

/// The same for a person to paste into a shell: console on the terminal, log in a file.
[[nodiscard]] std::string pasteable_command_line(const machine& guest);

/// The kernel image: OSPREY_KERNEL, beside the tool, or where `cmake --install` puts it.
/// Throws `failure` when there is none or it is no kernel.
[[nodiscard]] std::filesystem::path find_kernel();

/// OSPREY_QEMU or qemu-system-x86_64 on PATH. Throws `failure` when there is none.
[[nodiscard]] std::string find_qemu();

/// Checks a machine type. Throws `failure` (usage) for one that the kernel does not boot on.
void check_machine_type(const std::string& type);

}  // namespace osprey::cli::qemu
