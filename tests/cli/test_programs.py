#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Programs of this machine: what they need is found, and what is wrong with them is said."""
import subprocess

import harness

HELLO = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'


class Programs(harness.ToolTest):
    def build(self, program, *options):
        image = self.folder / "out.img"
        self.good("build", *options, "-o", image, program)
        return self.image_files(image)

    def real(self, files, path):
        """Follows links inside the image to a regular file."""
        for _ in range(20):
            parts, at = path.strip("/").split("/"), ""
            for index, part in enumerate(parts):
                at += "/" + part
                entry = files.get(at)
                self.assertIsNotNone(entry, f"{at} is not in the image")
                if entry["kind"] == "link":
                    target = entry["target"]
                    base = "" if target.startswith("/") else at.rsplit("/", 1)[0]
                    path = "/".join([base, target.strip("/"), *parts[index + 1:]])
                    pieces = []
                    for piece in path.split("/"):
                        if piece == "..":
                            pieces.pop()
                        elif piece and piece != ".":
                            pieces.append(piece)
                    path = "/" + "/".join(pieces)
                    break
            else:
                return entry
        self.fail(f"too many links at {path}")

    def test_dynamic(self):
        program = self.compile("hello", HELLO)
        files = self.build(program)
        for path in (str(program), "/lib64/ld-linux-x86-64.so.2",
                     "/lib/x86_64-linux-gnu/libc.so.6"):
            self.assertEqual(self.real(files, path)["kind"], "file")
        for path in ("/etc/passwd", "/etc/localtime", "/proc", "/tmp", "/etc/osprey/image.json"):
            self.assertIn(path, files)
        self.assertEqual(files["/tmp"]["mode"], "1777")
        # As ldd sees it; the dynamic linker is asked here, never by the tool.
        listed = subprocess.run(["ldd", "/usr/bin/python3"], capture_output=True, text=True).stdout
        files = self.build("/usr/bin/python3")
        for line in listed.splitlines():
            words = [w for w in line.split() if w.startswith("/")]
            for path in words:
                self.assertEqual(self.real(files, path)["kind"], "file")

    def test_static(self):
        program = self.compile("static", HELLO, "-static")
        self.assertFalse([p for p in self.build(program) if "libc" in p])

    def test_bare_name_is_looked_up(self):
        self.assertIn("/usr/bin/echo", self.build("echo"))
        self.bad(127, "no program nosuchprogram", "--deb", words=["run", "nosuchprogram"])

    def test_runpath_with_origin(self):
        (self.folder / "lib").mkdir()
        self.compile("lib/libinner.so", "int inner(void) { return 1; }", "-shared", "-fPIC")
        self.compile("lib/libouter.so", "int inner(void); int outer(void) { return inner(); }",
                     "-shared", "-fPIC", "-L", self.folder / "lib", "-linner",
                     "-Wl,-rpath,$ORIGIN")
        program = self.compile("prog", "int outer(void); int main(void) { return outer(); }", "-L",
                               self.folder / "lib", "-louter", "-Wl,-rpath,${ORIGIN}/lib",
                               "-Wl,-rpath-link," + str(self.folder / "lib"))
        files = self.build(program)
        self.assertIn(f"{self.folder}/lib/libinner.so", files)
        self.assertIn(f"{self.folder}/lib/libouter.so", files)

    def test_old_rpath_serves_libraries_too(self):
        (self.folder / "lib").mkdir()
        self.compile("lib/libinner.so", "int inner(void) { return 1; }", "-shared", "-fPIC")
        self.compile("lib/libouter.so", "int inner(void); int outer(void) { return inner(); }",
                     "-shared", "-fPIC", "-L", self.folder / "lib", "-linner")
        program = self.compile("prog", "int outer(void); int main(void) { return outer(); }", "-L",
                               self.folder / "lib", "-louter", "-Wl,--disable-new-dtags",
                               "-Wl,-rpath,$ORIGIN/lib",
                               "-Wl,-rpath-link," + str(self.folder / "lib"))
        self.assertIn(f"{self.folder}/lib/libinner.so", self.build(program))

    def missing_library(self):
        self.compile("libgone.so", "int gone(void) { return 1; }", "-shared", "-fPIC")
        return self.compile("prog", "int gone(void); int main(void) { return gone(); }", "-L",
                            self.folder, "-lgone")

    def test_missing_library(self):
        program = self.missing_library()
        self.bad(126, f"{program} needs the library libgone.so", "LD_LIBRARY_PATH",
                 words=["run", program])
        # The user may say where it is; the guest gets the same variable.
        self.build(program, "-e", f"LD_LIBRARY_PATH={self.folder}")

    def test_missing_library_of_a_library(self):
        (self.folder / "lib").mkdir()
        self.compile("lib/libinner.so", "int inner(void) { return 1; }", "-shared", "-fPIC")
        self.compile("lib/libouter.so", "int inner(void); int outer(void) { return inner(); }",
                     "-shared", "-fPIC", "-L", self.folder / "lib", "-linner")
        program = self.compile("prog", "int outer(void); int main(void) { return outer(); }", "-L",
                               self.folder / "lib", "-louter", "-Wl,-rpath,$ORIGIN/lib",
                               "-Wl,-rpath-link," + str(self.folder / "lib"))
        self.bad(126, "libouter.so needs the library libinner.so", words=["run", program])

    def test_missing_interpreter(self):
        program = self.compile("prog", HELLO, "-Wl,--dynamic-linker=/lib/no-such-ld.so")
        self.bad(126, "wants the program interpreter /lib/no-such-ld.so", words=["run", program])

    def patched(self, offset, data):
        program = self.compile("prog", HELLO)
        bytes_ = bytearray(program.read_bytes())
        bytes_[offset:offset + len(data)] = data
        program.write_bytes(bytes_)
        return program

    def test_wrong_architecture(self):
        self.bad(126, "is a program for ARM64, and this guest is x86-64",
                 words=["run", self.patched(18, b"\xb7\0")])
        self.bad(126, "RISC-V", words=["run", self.patched(18, b"\xf3\0")])
        self.bad(126, "machine number 4660", words=["run", self.patched(18, b"\x34\x12")])
        self.bad(126, r"x86 \(32 bit\)", words=["run", self.patched(18, b"\x03\0")])

    def test_not_an_elf(self):
        text = self.folder / "text"
        text.write_text("just text\n")
        self.bad(126, "is not an ELF program", "osprey build", words=["run", text])
        text.write_text("")
        self.bad(126, "is empty", words=["run", text])
        self.bad(126, "is a folder", words=["run", self.folder])
        self.bad(127, "no file", words=["run", self.folder / "nothing"])

    def test_object_file(self):
        self.bad(126, "object file", "Link it",
                 words=["run", self.compile("x.o", HELLO, "-c")])

    def test_shared_library_is_no_program(self):
        library = self.compile("libx.so", "int x(void) { return 1; }", "-shared", "-fPIC",
                               "-nostdlib")
        self.bad(126, "shared library without an entry point", words=["run", library])

    def test_cut_short_anywhere(self):
        """However short: a message, never a crash, and never taken for good."""
        whole = self.compile("prog", HELLO).read_bytes()
        cut = self.folder / "cut"
        for length in (1, 3, 4, 5, 16, 20, 40, 63, 64, 100, 200, 500, 600, 800, 0x1000, 0x2000,
                       0x2fff):
            cut.write_bytes(whole[:length])
            ended = self.tool("run", "--dry-run", cut)
            self.assertEqual(ended.returncode, 126, f"{length}: {ended.stderr}")
            self.assertRegex(ended.stderr, "cut short|not an ELF|damaged")

    def test_flipped_bits_never_crash_the_tool(self):
        whole = bytearray(self.compile("prog", HELLO).read_bytes())
        damaged = self.folder / "damaged"
        for at in range(0, 0x400, 7):
            changed = bytearray(whole)
            changed[at] ^= 0xff
            damaged.write_bytes(changed)
            ended = self.tool("run", "--dry-run", damaged)
            self.assertIn(ended.returncode, (0, 126, 127), f"{at}: {ended.stderr}")

    def test_script(self):
        script = self.folder / "script"
        script.write_text("#!/bin/sh -e\necho hi\n")
        script.chmod(0o755)
        files = self.build(script)
        self.assertIn(str(script), files)
        self.assertEqual(self.real(files, "/bin/sh")["kind"], "file")
        script.write_text("#!/usr/bin/env python3\nprint(1)\n")
        files = self.build(script)
        self.assertIn("/usr/bin/env", files)
        self.assertEqual(self.real(files, "/usr/bin/python3")["kind"], "file")
        script.write_text("#!/no/such/interpreter\n")
        self.bad(126, "wants the interpreter /no/such/interpreter", words=["run", script])
        script.write_text("#!/usr/bin/env no-such-thing\n")
        self.bad(126, "wants the interpreter 'no-such-thing'", words=["run", script])
        script.write_text(f"#!{script}\n")
        self.bad(126, "too many scripts", words=["run", script])

    def test_musl(self):
        if subprocess.run(["which", "musl-gcc"], capture_output=True).returncode:
            self.skipTest("no musl-gcc")
        program = self.folder / "prog"
        subprocess.run(["musl-gcc", "-x", "c", "-o", program, "-"], input=HELLO.encode(),
                       check=True)
        files = self.build(program)
        self.assertEqual(self.real(files, "/lib/ld-musl-x86_64.so.1")["kind"], "file")


if __name__ == "__main__":
    harness.main()
