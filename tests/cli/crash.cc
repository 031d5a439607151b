// SPDX-License-Identifier: BSD-3-Clause
// A program that dies in the way that its argument names, after two system calls to be seen.
#include <fcntl.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

extern "C" void crash_in_library(volatile int* p);

[[gnu::noinline]] void write_to(volatile int* p) {
    *p = 1;
    asm volatile("");
}
[[gnu::noinline]] void call_writer(volatile int* p) {
    write_to(p);
    asm volatile("");
}
[[gnu::noinline]] int recurse(int n) {
    volatile char room[256];
    room[0] = static_cast<char>(n);
    return recurse(n + 1) + room[0];
}
[[gnu::noinline]] void execute_nonsense() {
    asm volatile("ud2");
}
[[gnu::noinline]] int divide_by(volatile int zero) {
    return 7 / zero;
}

int main(int, char** argv) {
    const auto is = [what = argv[1]](const char* name) {
        return std::strcmp(what, name) == 0;
    };
    close(open("/etc/hostname", O_RDONLY));
    close(99);
    if (is("null"))
        call_writer(nullptr);
    if (is("stack"))
        return recurse(0);
    if (is("illegal"))
        execute_nonsense();
    if (is("abort"))
        std::abort();
    if (is("exception"))
        throw std::runtime_error{"nobody catches this"};
    if (is("thread"))
        std::thread{[] {
            call_writer(nullptr);
        }}.join();
    if (is("library"))
        crash_in_library(nullptr);
    if (is("divide"))
        return divide_by(0);
    if (is("jump"))
        reinterpret_cast<void (*)()>(0x1234)();
    if (is("killed"))
        std::raise(SIGSEGV);
}
