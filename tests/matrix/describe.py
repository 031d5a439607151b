#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns the description of system calls into tables for C.

Usage: describe.py syscalls.def flags-folder… > calls.inc

Each line is CALL(number, name, result, count, ARGUMENT(kind, name, size, length, may be null)…) as
tests/matrix/calls.h expects it. Also used by the compatibility page (`parse`).
"""
import pathlib
import re
import sys

# What the application's headers call the structures, for their sizes.
STRUCTURES = {
    "abi_stat": "struct stat", "abi_statx": "struct statx", "abi_statfs": "struct statfs",
    "abi_timespec": "struct timespec", "abi_timeval": "struct timeval",
    "abi_timezone": "struct timezone", "abi_itimerspec": "struct itimerspec",
    "abi_itimerval": "struct itimerval", "abi_utimbuf": "struct utimbuf", "abi_tms": "struct tms",
    "abi_rusage": "struct rusage", "abi_rlimit": "struct rlimit", "abi_utsname": "struct utsname",
    "abi_sysinfo": "struct sysinfo", "abi_sigevent": "struct sigevent", "abi_stack": "stack_t",
    "abi_epoll_event": "struct epoll_event", "signal_information": "siginfo_t",
    "abi_sigaction": "char[32]", "abi_capability_header": "char[8]", "fd_pair": "int[2]",
    "i32": "int32_t", "u32": "uint32_t", "i64": "int64_t", "u64": "uint64_t",
}

SIMPLE = {
    "fd_number": "DESCRIPTOR", "dir_fd": "DIRECTORY", "user_path": "PATH", "user_text": "TEXT",
    "pid_number": "PROCESS", "signal_number": "SIGNAL", "mode_bits": "MODE", "address": "ADDRESS",
    "message_in": "MESSAGE_IN", "message_out": "MESSAGE_OUT",
    "i32": "NUMBER", "u32": "NUMBER", "i64": "NUMBER", "u64": "NUMBER", "usize": "SIZE",
}
BY_LENGTH = {
    "bytes_in": "BYTES_IN", "bytes_out": "BYTES_OUT", "vector_in": "VECTOR_IN",
    "vector_out": "VECTOR_OUT", "socket_name_in": "NAME_IN", "socket_name_out": "NAME_OUT",
}
POINTERS = {"in": "IN", "out": "OUT", "inout": "INOUT"}


class Argument:
    def __init__(self, text):
        self.type, self.name = text.rsplit(" ", 1)
        self.kind, self.size, self.length, self.null, self.set = None, "0", 0, False, None
        outer, _, inner = self.type.partition("<")
        inner = inner.rstrip(">")
        if not inner:
            self.kind = SIMPLE.get(outer)
            if self.kind is None and outer in STRUCTURES:
                self.kind = "NUMBER"
        elif outer in BY_LENGTH:
            self.kind, self.length = BY_LENGTH[outer], int(inner)
        elif outer in ("flags", "choice"):
            self.kind, self.set = outer.upper(), inner
        else:
            self.null = outer.startswith("maybe_")
            self.kind = POINTERS.get(outer.removeprefix("maybe_"))
            # A structure this table does not know yet is taken for 8 bytes.
            self.size = f"sizeof({STRUCTURES[inner]})" if inner in STRUCTURES else "8"
        if self.kind is None:
            raise ValueError(f"no kind for the argument {text!r}")


class Call:
    def __init__(self, number, arm64, name, result=None, arguments=(), section=""):
        self.number, self.arm64, self.name = number, arm64, name
        self.result, self.arguments, self.section = result, arguments, section
        self.errno = self.reason = None  # of one that is not implemented

    @property
    def implemented(self):
        return self.result is not None


def parse(text):
    """All calls of a description, in its order."""
    calls, section = [], ""
    for line in text.split("\n"):
        line = line.strip()
        if heading := re.fullmatch(r"// ([A-Z][^.]*)", line):
            section = heading[1]
        if not (found := re.fullmatch(r"(SYSCALL|MISSING|REFUSED)\((.*)\)", line)):
            continue
        words = [word.strip() for word in found[2].split(", ")]
        if found[1] == "SYSCALL":
            calls.append(Call(int(words[0]), int(words[1]), words[2], words[3],
                              [Argument(word) for word in words[4:]], section))
        else:
            calls.append(Call(int(words[0]), int(words[1]), words[2], section=section))
    return calls


def main():
    for call in sorted(parse(pathlib.Path(sys.argv[1]).read_text()), key=lambda c: c.number):
        if not call.implemented:
            continue
        arguments = "".join(f', ARGUMENT({a.kind}, "{a.name}", {a.size}, {a.length}, {int(a.null)})'
                            for a in call.arguments)
        print(f"CALL({call.number}, {call.name}, RESULT_{call.result.upper()}, "
              f"{len(call.arguments)}{arguments})")


if __name__ == "__main__":
    main()
