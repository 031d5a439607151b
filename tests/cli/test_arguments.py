#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Command lines, good and bad."""
import json

import harness


class Arguments(harness.ToolTest):
    def test_help_is_everywhere(self):
        for words in ([], ["run"], ["build"], ["inspect"], ["version"]):
            text = self.good(*words, "--help").stdout
            self.assertIn("Usage: osprey", text)
            self.assertGreater(len(text.splitlines()), 5)

    def test_no_command(self):
        self.bad(2, "osprey: no command given", "--help", words=[])

    def test_unknown_command(self):
        self.bad(2, "osprey: ", "--help", words=["fly"])

    def test_unknown_option(self):
        for command in ("run", "build"):
            self.bad(2, f"osprey {command}: unknown option --bogus", "--help",
                     words=[command, "--bogus", "/bin/true"])
        self.bad(2, "bogus", words=["inspect", "--bogus", "x"])
        self.bad(2, "bogus", words=["version", "--bogus"])

    def test_no_program(self):
        self.bad(2, "no PROGRAM given", words=["run"])
        self.bad(2, "no PROGRAM given", words=["build", "-o", "x"])

    def test_build_wants_output(self):
        self.bad(2, "no -o IMAGE", words=["build", "/bin/true"])

    def test_memory(self):
        self.bad(2, "too few", "3 MiB at least", words=["run", "-m", "2", "/bin/true"])
        for text in ("0", "much", "12X", "-5"):
            self.bad(2, "amount of memory", words=["run", f"--memory={text}", "/bin/true"])
        line = self.good("run", "-m", "2G", "--dry-run", "/bin/true").stdout
        self.assertIn(" -m 2048M ", line)

    def test_cpus(self):
        for text in ("0", "256", "two"):
            self.bad(2, "cpus|Value", words=["run", "-c", text, "/bin/true"])
        self.assertIn(" -smp 3 ", self.good("run", "-c3", "--dry-run", "/bin/true").stdout)

    def test_machine(self):
        self.bad(2, "no machine type 'vax'", "q35, pc or microvm",
                 words=["run", "--machine", "vax", "/bin/true"])
        line = self.good("run", "--machine", "microvm", "--dry-run", "/bin/true").stdout
        self.assertIn("virtio-blk-device", line)
        self.assertNotIn("-pci", line)

    def test_accelerator(self):
        for wish, argument in (("tcg", "tcg,thread=multi"), ("kvm", "kvm"),
                               ("tcg,one-insn-per-tb=on", "tcg,one-insn-per-tb=on")):
            line = self.good("run", "--accel", wish, "--dry-run", "/bin/true").stdout
            self.assertIn(f" -accel {argument} -cpu max ", line)

    def test_program_keeps_its_options(self):
        line = self.good("run", "--dry-run", "/bin/echo", "--help", "-m", "a b", "it's").stdout
        self.assertIn("/bin/echo --help -m", line)

    def test_kernel_options(self):
        line = self.good("run", "--strace", "--kernel-arg", "seed=1", "--kernel-arg=--x=y", "-e",
                         "A=1 2", "--cwd", "/tmp", "--dry-run", "/bin/true").stdout
        for part in ("--strace", "--seed=1", "--x=y", "--env=A=1 2", "--cwd=/tmp", "--env=PATH="):
            self.assertIn(part, line)

    def test_environment_from_here(self):
        line = self.good("run", "-e", "FROM_HERE", "--dry-run", "/bin/true",
                         environment={"FROM_HERE": "yes"}).stdout
        self.assertIn("--env=FROM_HERE=yes", line)
        self.bad(2, "K=V", words=["run", "-e", "=x", "/bin/true"])

    def test_long_command_line_goes_into_the_image(self):
        words = [f"word{i}" for i in range(800)]
        line = self.good("run", "--dry-run", "/bin/echo", *words).stdout
        self.assertNotIn("word5", line)
        image = line.split("readonly=on,file=")[-1].split()[0]
        facts = json.loads(self.good("inspect", "--json", image).stdout)
        self.assertEqual(facts["osprey"]["arguments"], words)

    def test_debugger(self):
        self.assertIn("-gdb tcp:127.0.0.1:1234 -S",
                      self.good("run", "--gdb", "--dry-run", "/bin/true").stdout)
        self.assertIn("-gdb tcp:127.0.0.1:99 -S",
                      self.good("run", "--gdb=99", "--dry-run", "/bin/true").stdout)

    def test_bad_file_mapping(self):
        self.bad(2, "HOST:GUEST", words=["run", "--file", "nocolon", "/bin/true"])
        self.bad(127, "cannot find /no/such", words=["run", "--file", "/no/such:/x", "/bin/true"])

    def test_version(self):
        facts = json.loads(self.good("version", "--json").stdout)
        self.assertEqual(set(facts), {"osprey", "kernel", "qemu", "accelerator",
                                      "accelerator_reason"})
        self.assertIn("fake", facts["qemu"])
        self.assertIn(facts["osprey"], self.good("--version").stdout)

    def test_missing_kernel(self):
        self.bad(125, "cannot find the kernel /no/kernel", "make",
                 words=["run", "/bin/true"], environment={"OSPREY_KERNEL": "/no/kernel"})

    def test_kernel_of_another_kind(self):
        self.bad(125, "is not an ELF", words=["run", "/bin/true"],
                 environment={"OSPREY_KERNEL": "/etc/passwd"})

    def test_missing_qemu(self):
        self.bad(125, "cannot find QEMU", "qemu-system-x86", words=["run", "/bin/true"],
                 environment={"OSPREY_QEMU": "/no/qemu"})


if __name__ == "__main__":
    harness.main()
