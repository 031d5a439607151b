// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <base/files.hh>
#include <base/text.hh>
#include <base/unique_fd.hh>
#include <qemu/accelerator.hh>

#include <algorithm>

namespace osprey::cli::qemu {

bool shows_virtualisation(const std::string& cpuinfo) {
    for (const std::string& line : split(cpuinfo, '\n')) {
        if (line.starts_with("flags")) {
            const std::vector<std::string> words = split_blanks(line);
            return std::ranges::find(words, "vmx") != words.end() ||
                   std::ranges::find(words, "svm") != words.end();
        }
    }
    return false;
}

accelerator choose_accelerator(const std::string& wish) {
    const accelerator emulation{"tcg,thread=multi", "tcg", "asked for"};
    if (wish == "tcg") {
        return emulation;
    }
    if (wish == "kvm") {
        return {"kvm", "kvm", "asked for"};
    }
    if (wish != "auto") {
        return {wish, wish.substr(0, wish.find(',')), "asked for"};
    }
    const unique_fd device{::open("/dev/kvm", O_RDWR | O_CLOEXEC)};
    if (!device) {
        return {emulation.argument, "tcg", "/dev/kvm does not open"};
    }
    if (!shows_virtualisation(try_read_file("/proc/cpuinfo").value_or(""))) {
        return {emulation.argument, "tcg",
                "/dev/kvm is there, but the CPU shows neither vmx nor svm"};
    }
    return {"kvm", "kvm", "the CPU has hardware virtualisation"};
}

}  // namespace osprey::cli::qemu
