#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a program needs that a guest lacks."""
import json

import harness

PLAIN = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'
# ptrace(2) is for debuggers of other processes; a guest refuses it.
TRACES = """#include <sys/ptrace.h>
int main(void) { return (int)ptrace(PTRACE_TRACEME, 0, 0, 0); }
"""
LOG = """12 execve("./p", ["./p"], 0x7ffd /* 3 vars */) = 0
12 mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f
[pid 13] 0.000100 mmap(NULL, 2097152, PROT_READ, MAP_PRIVATE|MAP_HUGETLB, -1, 0) = 0x7f
13 10:00:01.5 write(1, "ptrace(MAP_SYNC)", 16) = 16
13 ptrace(PTRACE_TRACEME) = 0
13 <... ptrace resumed>) = 0
+++ exited with 0 +++
"""


class Doctor(harness.ToolTest):
    def examine(self, *words):
        ended = self.tool("doctor", "--json", *words)
        return ended.returncode, json.loads(ended.stdout)

    def test_program_that_lacks_nothing(self):
        program = self.compile("plain", PLAIN)
        code, facts = self.examine(program)
        self.assertEqual(code, 0)
        self.assertEqual(facts["imports"], [])
        self.assertIn(str(program), facts["files"])
        self.assertIn("nothing that a guest lacks", self.tool("doctor", program).stdout)

    def test_import(self):
        program = self.compile("traces", TRACES)
        code, facts = self.examine(program)
        self.assertEqual(code, 1)
        lack = facts["imports"][0]
        self.assertEqual((lack["call"], lack["function"]), ("ptrace", "ptrace"))
        self.assertTrue(lack["by_program"])
        self.assertIn("ptrace (imported by", self.tool("doctor", program).stdout)

    def test_strace_log(self):
        program = self.compile("plain", PLAIN)
        log = self.folder / "log"
        log.write_text(LOG)
        code, facts = self.examine("--strace", log, program)
        self.assertEqual(code, 1)
        self.assertEqual(facts["strace"]["calls"], 5)
        lacks = {(lack["call"], lack.get("flag")): lack["times"]
                 for lack in facts["strace"]["lacks"]}
        # The text that was written is no flag.
        self.assertEqual(lacks, {("mmap", "MAP_HUGETLB"): 1, ("ptrace", None): 1})

    def test_no_log(self):
        program = self.compile("plain", PLAIN)
        for name, text in (("absent", None), ("empty", ""), ("other", "Hello.\n")):
            log = self.folder / name
            if text is not None:
                log.write_text(text)
            ended = self.tool("doctor", "--strace", log, program)
            self.assertEqual(ended.returncode, 125, name)
            self.assertIn("strace -f -o LOG", ended.stderr)

    def test_program_that_cannot_start(self):
        self.assertEqual(self.tool("doctor", "no-such-program").returncode, 127)
        self.assertEqual(self.tool("doctor", self.folder / "absent").returncode, 127)
        text = self.folder / "text"
        text.write_text("words\n")
        self.assertEqual(self.tool("doctor", text).returncode, 126)


if __name__ == "__main__":
    harness.main()
