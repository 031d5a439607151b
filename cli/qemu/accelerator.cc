// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <base/files.hh>
#include <base/text.hh>
#include <base/unique_fd.hh>
#include <qemu/accelerator.hh>

#include <algorithm>
#include <cerrno>
#include <cstring>

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
    if (!shows_virtualisation(try_read_file("/proc/cpuinfo").value_or(""))) {
        return {emulation.argument, "tcg", "the CPU shows neither vmx nor svm"};
    }
    const unique_fd device{::open("/dev/kvm", O_RDWR | O_CLOEXEC)};
    if (!device && errno == EACCES) {
        return {emulation.argument, "tcg",
                "/dev/kvm may not be opened: adduser yourself to the group kvm"};
    }
    if (!device) {
        return {emulation.argument, "tcg",
                fmt::format("/dev/kvm does not open: {}", std::strerror(errno))};
    }
    if (::ioctl(device.get(), KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
        return {emulation.argument, "tcg", "/dev/kvm is not Linux's KVM"};
    }
    return {"kvm", "kvm", "the CPU has hardware virtualisation and /dev/kvm opens"};
}

}  // namespace osprey::cli::qemu
