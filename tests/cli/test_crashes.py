#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What is told about programs that crash, and about a kernel that does, with the real guest."""
import re
import signal
import subprocess

import harness

LIBRARY = """
__attribute__((noinline)) static void deep(volatile int* p) { *p = 7; }
void crash_in_library(volatile int* p) { deep(p); __asm__(""); }
"""
REGISTERS = [r"rip 0x[0-9a-f]{16}", r"rsp 0x[0-9a-f]{16}", r"r15 0x[0-9a-f]{16}"]
CALLS = [r"openat\(0xffffff9c, 0x[0-9a-f]+, 0x0\) = -?\d+", r"close\(0x63, .*\) = -9"]


class Crashes(harness.ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.shared
        library = cls.shared / "libcrash.so"
        subprocess.run(["gcc", "-x", "c", "-O1", "-fPIC", "-shared", "-o", library, "-"],
                       input=LIBRARY.encode(), check=True)
        cls.program = cls.shared / "crash"
        subprocess.run(["g++", "-std=c++20", "-O1", "-w", "-pthread", "-o", cls.program,
                        harness.HERE / "crash.cc", f"-L{cls.shared}", "-lcrash",
                        "-Wl,-rpath,$ORIGIN"], check=True)
        cls.stripped = cls.shared / "stripped"
        subprocess.run(["strip", "-o", cls.stripped, cls.program], check=True)

    def setUp(self):
        super().setUp()
        for name in ("OSPREY_KERNEL", "OSPREY_QEMU"):
            del self.environment[name]

    def crash(self, how, number, *patterns, program=None):
        """Lets the program die; each pattern must be in what is told, in this order."""
        ended = self.tool("run", "-c", "2", "--timeout", "100", program or self.program, how,
                          timeout=120)
        self.assertEqual(ended.returncode, 128 + number, ended.stderr)
        at = 0
        for pattern in (*patterns, *CALLS, "what to try: .", r"ended by signal \d+"):
            found = re.search(pattern, ended.stderr[at:])
            self.assertIsNotNone(found, f"{pattern!r} not in\n{ended.stderr[at:]}")
            at += found.end()
        return ended.stderr

    def test_null(self):
        told = self.crash("null", signal.SIGSEGV, r"crash \(pid 1, thread 1 \"crash\"\) dies of SIGSEGV",
                          "at address 0x0: nothing is mapped there", *REGISTERS, "code there: c7 07 ",
                          r"#0 0x[0-9a-f]+ write_to\(int volatile\*\)\+0x0 \(crash\+0x",
                          r"call_writer\(int volatile\*\)\+", r"main\+0x")
        # What only looks like a return address is left out.
        self.assertNotIn("divide_by", told)

    def test_stripped(self):
        self.crash("null", signal.SIGSEGV, r"#0 0x[0-9a-f]+ stripped\+0x[0-9a-f]+\n",
                   r"#1 0x[0-9a-f]+ stripped\+0x[0-9a-f]+\n", program=self.stripped)

    def test_stack_overflow(self):
        self.crash("stack", signal.SIGSEGV, ": the stack is full", *REGISTERS,
                   r"#0 0x[0-9a-f]+ recurse\(int\)\+", r"#1 0x[0-9a-f]+ recurse\(int\)\+",
                   r"#9 0x[0-9a-f]+ recurse\(int\)\+")

    def test_illegal_instruction(self):
        self.crash("illegal", signal.SIGILL, "dies of SIGILL", "code there: 0f 0b ",
                   r"#0 0x[0-9a-f]+ execute_nonsense\(\)\+0x0")

    def test_abort(self):
        self.crash("abort", signal.SIGABRT, "dies of SIGABRT", *REGISTERS, r" abort\+0x",
                   r" main\+0x")

    def test_uncaught_exception(self):
        told = self.tool("run", "--timeout", "100", self.program, "exception", timeout=120).stderr
        for text in ("nobody catches this", "dies of SIGABRT", "std::terminate()+0x", " main+0x",
                     "  write(0x2, "):
            self.assertIn(text, told)

    def test_thread(self):
        ended = self.tool("run", "-c", "2", "--timeout", "100", self.program, "thread", timeout=120)
        self.assertEqual(ended.returncode, 128 + signal.SIGSEGV)
        self.assertRegex(ended.stderr, r"crash \(pid 1, thread (?!1 )\d+ \"crash\"\) dies of SIGSEGV")
        self.assertRegex(ended.stderr, r"#0 0x[0-9a-f]+ write_to\(int volatile\*\)")

    def test_library(self):
        self.crash("library", signal.SIGSEGV, r"#0 0x[0-9a-f]+ deep\+0x0 \(libcrash.so\+0x",
                   r"crash_in_library\+0x", r"main\+0x")

    def test_division(self):
        self.crash("divide", signal.SIGFPE, "division by zero", r"divide_by\(int\)\+")

    def test_jump_to_nowhere(self):
        self.crash("jump", signal.SIGSEGV, "at address 0x1234: nothing", "#0 0x1234 is no code",
                   r"main\+0x")

    def test_sent_signal(self):
        ended = self.tool("run", "--timeout", "100", self.program, "killed", timeout=120)
        self.assertEqual(ended.returncode, 128 + signal.SIGSEGV)
        self.assertIn("sent by a program", ended.stderr)

    def test_missing_call_is_named(self):
        program = self.compile("missing", r"""
            #include <stdlib.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            int main(void) { if (syscall(SYS_kexec_load, 0, 0, 0, 0)) abort(); }""", "-w")
        ended = self.tool("run", "--timeout", "100", program, timeout=120)
        self.assertEqual(ended.returncode, 128 + signal.SIGABRT)
        self.assertIn("osprey: the kernel's log says: kexec_load", ended.stderr)

    def test_kernel_panic(self):
        """A program asks for it, so that it is the one that runs."""
        ended = self.tool("run", "-c", "2", "--timeout", "100", "/bin/sh", "-c",
                          "echo c > /proc/sysrq-trigger", timeout=120)
        self.assertEqual(ended.returncode, 125)
        for pattern in (r"kernel panic on CPU \d: a program asked for a crash",
                        r"0x[0-9a-f]{16} fs::trigger\+0x", r"abi::calls::write\+0x",
                        r"running: /bin/sh \(pid 1, thread 1 \"sh\"\)", r"dup2\(.*\) = 1\n",
                        r"\n  write\(0x1, 0x[0-9a-f]+, 0x2\)\n", "last log lines:",
                        "osprey: the guest's kernel panicked: a program asked for a crash",
                        "Please report it with .*/kernel.log"):
            self.assertRegex(ended.stderr, pattern)

    def test_kernel_fault(self):
        ended = self.tool("run", "-c", "2", "--timeout", "100", "--kernel-arg=--selftest=fault",
                          "/bin/true", timeout=120)
        self.assertEqual(ended.returncode, 125)
        for pattern in ("page fault in kernel code, writing 0xffff9fff00000008",
                        "rip ffffffff8[0-9a-f]+ rsp", r"boot::write_to_nowhere\+0x",
                        "running: kernel thread"):
            self.assertRegex(ended.stderr, pattern)


if __name__ == "__main__":
    harness.main()
