#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Making and reading images."""
import json
import os
import pathlib
import resource
import shutil
import subprocess

import harness

HELLO = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'


class Images(harness.ToolTest):
    def tree(self, name="tree"):
        """A folder with a static program, links, a pipe, odd names and modes."""
        root = self.folder / name
        for folder in ("bin", "data/deep/er", "tmp", "proc"):
            (root / folder).mkdir(parents=True)
        self.compile(f"{name}/bin/hello", HELLO, "-static")
        (root / "data" / "file with 'quotes' and\nnewline").write_text("x")
        (root / "data" / "umlaut-ä").write_text("y" * 5000)
        os.link(root / "data" / "umlaut-ä", root / "data" / "other-name")
        (root / "data" / "link").symlink_to("deep/../umlaut-ä")
        (root / "data" / "dangling").symlink_to("/nowhere")
        (root / "data" / "secret").write_text("s")
        (root / "data" / "secret").chmod(0o600)
        (root / "tmp" / "leftover").write_text("x")
        os.mkfifo(root / "data" / "pipe")
        os.utime(root / "data" / "secret", (1_600_000_000, 1_600_000_000))
        return root

    def build(self, image, *words, **options):
        path = self.folder / image
        self.good("build", "-o", path, *words, **options)
        return path

    def test_reproducible(self):
        program = self.compile("hello", HELLO)
        first = self.build("a.img", program, "x", environment={"OSPREY_CACHE": f"{self.folder}/1"})
        # Another cache, another copy with another time and in another order of creation.
        content = program.read_bytes()
        program.unlink()
        program.write_bytes(content)
        program.chmod(0o755)
        os.utime(program, (2_000_000_000, 2_000_000_000))
        second = self.build("b.img", program, "x", environment={"OSPREY_CACHE": f"{self.folder}/2"})
        self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_reproducible_tree(self):
        one = self.tree("one")
        first = self.build("a.img", "--root", one, "/bin/hello",
                           environment={"OSPREY_CACHE": f"{self.folder}/1"})
        two = self.folder / "two"
        subprocess.run(["cp", "-a", one, two], check=True)
        (two / "data" / "secret").unlink()
        shutil.copy2(one / "data" / "secret", two / "data" / "secret")
        second = self.build("b.img", "--root", two, "/bin/hello",
                            environment={"OSPREY_CACHE": f"{self.folder}/2"})
        self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_compressed(self):
        root = self.tree()
        (root / "data" / "big").write_bytes(b"abcdefgh" * 100_000)
        plain = self.build("plain.img", "--root", root, "/bin/hello")
        packed = self.build("packed.img", "--compress", "lz4", "--root", root, "/bin/hello")
        again = self.build("again.img", "--compress", "lz4", "--root", root, "/bin/hello",
                           environment={"OSPREY_CACHE": f"{self.folder}/2"})
        self.assertLess(packed.stat().st_size, plain.stat().st_size - 500_000)
        self.assertEqual(packed.read_bytes(), again.read_bytes())
        self.assertTrue(json.loads(self.good("inspect", "--json", packed).stdout)["compressed"])
        self.bad(2, "compress", words=["build", "--compress", "zip", "-o", "x", "/bin/true"])

    def test_second_time_comes_from_the_cache(self):
        program = self.compile("hello", HELLO + "/* for the cache */")
        events = self.good("build", "--json", "-o", self.folder / "a.img", program).stderr
        self.assertFalse(json.loads(events.splitlines()[-1])["cached"])
        events = self.good("build", "--json", "-o", self.folder / "b.img", program).stderr
        self.assertTrue(json.loads(events.splitlines()[-1])["cached"])
        # Other bytes under the same name are another image.
        self.compile("hello", HELLO.replace("hello", "jello"))
        events = self.good("build", "--json", "-o", self.folder / "c.img", program).stderr
        self.assertFalse(json.loads(events.splitlines()[-1])["cached"])
        self.assertNotEqual((self.folder / "a.img").read_bytes(),
                            (self.folder / "c.img").read_bytes())

    def test_output_option_may_come_last(self):
        image = self.folder / "last.img"
        self.good("build", "/bin/echo", "a", "-o", image)
        facts = json.loads(self.good("inspect", "--json", image).stdout)
        self.assertEqual(facts["osprey"]["arguments"], ["a"])

    def test_root(self):
        image = self.build("a.img", "--root", self.tree(), "hello", "arg")
        files = self.image_files(image)
        self.assertEqual(files["/data/file with 'quotes' and\nnewline"]["size"], 1)
        self.assertEqual(files["/data/link"]["target"], "deep/../umlaut-ä")
        self.assertEqual(files["/data/dangling"]["target"], "/nowhere")
        self.assertEqual(files["/data/secret"]["mode"], "0600")
        self.assertEqual(files["/data/secret"]["time"], 1_600_000_000)
        self.assertEqual(files["/data/pipe"]["kind"], "fifo")
        links = subprocess.run(["dump.erofs", "--path=/data/other-name", image],
                               capture_output=True, text=True, check=True).stdout
        self.assertIn("Links: 2 ", links)
        self.assertNotIn("/tmp/leftover", files)
        facts = json.loads(self.good("inspect", "--json", image).stdout)
        self.assertEqual(facts["osprey"]["program"], "/bin/hello")
        # mkfs.erofs' own reader must agree that the image is sound.
        subprocess.run(["fsck.erofs", image], check=True, capture_output=True)

    def test_root_problems(self):
        root = self.tree()
        self.bad(127, "no program nothere in", words=["build", "-o", "x", "--root", root, "nothere"])
        self.bad(126, "is a folder", words=["build", "-o", "x", "--root", root, "/data"])
        self.bad(127, "no such folder", words=["build", "-o", "x", "--root", "/no/such", "a"])
        self.compile("tree/bin/dynamic", HELLO)
        self.bad(126, "wants the program interpreter /lib64/ld-linux-x86-64.so.2, which is not in",
                 words=["build", "-o", "x", "--root", root, "/bin/dynamic"])

    def test_files(self):
        (self.folder / "dir" / "sub").mkdir(parents=True)
        (self.folder / "dir" / "sub" / "f").write_text("f")
        (self.folder / "one").write_text("1")
        image = self.build("a.img", "--file", f"{self.folder}/dir:/opt/dir", "--file",
                           f"{self.folder}/one:/opt/", "--file", f"{self.folder}/one:/lib/two",
                           "/bin/true")
        files = self.image_files(image)
        for path in ("/opt/dir/sub/f", "/opt/one", "/usr/lib/two"):
            self.assertEqual(files[path]["size"], 1)

    def test_environment_is_kept(self):
        image = self.build("a.img", "-e", "A=b c", "--cwd", "/srv/x", "/bin/true")
        facts = json.loads(self.good("inspect", "--json", image).stdout)["osprey"]
        self.assertIn("--env=A=b c", facts["options"])
        self.assertIn("--cwd=/srv/x", facts["options"])
        self.assertIn("/srv/x", self.image_files(image))
        self.assertIn("option     --env=A=b c\n", self.good("inspect", image).stdout)
        # What is said at the run beats what the image says, and both beat the defaults.
        line = self.good("run", "--dry-run", "-e", "B=2", "-e", "PATH=/p", image).stdout
        for part in ("--env=A=b c", "--env=B=2", "--env=PATH=/p", "--cwd=/srv/x"):
            self.assertEqual(line.count(part), 1)
        self.assertNotIn("/usr/games", line)
        line = self.good("run", "--dry-run", "-e", "A=new", image).stdout
        self.assertNotIn("b c", line)
        self.assertIn("--env=A=new", line)

    def test_run_an_image(self):
        many = [f"word{i}" for i in range(800)]
        image = self.build("many.img", "/bin/echo", *many)
        self.assertNotIn("word7", self.good("run", "--dry-run", image).stdout)
        self.bad(2, "too long for the kernel", words=["run", "-e", "A=1", image])
        image = self.build("a.img", "/bin/echo", "built-in")
        line = self.good("run", "--dry-run", image).stdout
        self.assertIn("/bin/echo built-in", line)
        self.assertIn(f"file={image}", line)
        line = self.good("run", "--dry-run", image, "echo", "other").stdout
        self.assertIn("/usr/bin/echo other", line)
        self.bad(127, "no program nothere in the image", words=["run", image, "nothere"])
        self.bad(2, "do not go with it", words=["run", "--file", "/etc/passwd:/x", image])

    def test_foreign_image(self):
        image = self.folder / "foreign.img"
        subprocess.run(["mkfs.erofs", "--quiet", image, self.tree()], check=True,
                       capture_output=True)
        self.bad(2, "does not say which program", words=["run", image])
        self.assertIn("/bin/hello x", self.good("run", "--dry-run", image, "/bin/hello", "x").stdout)
        self.assertIn("unknown", self.good("inspect", image).stdout)

    def test_bad_images(self):
        image = self.build("a.img", "/bin/true")
        whole = image.read_bytes()
        cut = self.folder / "cut.img"
        for length in (0, 100, 1024, 1100):
            cut.write_bytes(whole[:length])
            for command in ("run", "inspect"):
                self.bad(125, "is no EROFS image: it has only", words=[command, cut])
        blocks = json.loads(self.good("inspect", "--json", image).stdout)["blocks"]
        for length in (2000, 4096, blocks * 4096 - 1):
            cut.write_bytes(whole[:length])
            for command in ("run", "inspect"):
                self.bad(125, f"cut short: it should have {blocks * 4096} bytes and has {length}",
                         words=[command, cut])
        for length in (blocks * 4096, blocks * 4096 + 100, len(whole) - 1):
            cut.write_bytes(whole[:length])
            for command in ("run", "inspect"):
                self.bad(125, "cut short: its hash tree is missing|its hash tree is cut short",
                         words=[command, cut])
        cut.write_bytes(b"\0" * 100_000)
        self.bad(125, "is no EROFS image", words=["run", cut])
        flipped = bytearray(whole)
        flipped[1024 + 40] ^= 1
        cut.write_bytes(flipped)
        self.bad(125, "checksum of its superblock", words=["run", cut])
        self.bad(127, "cannot open", words=["inspect", self.folder / "nothing.img"])

    def test_flipped_bits_never_crash_the_reader(self):
        image = self.build("a.img", "--root", self.tree(), "/bin/hello")
        whole = image.read_bytes()
        damaged = self.folder / "damaged.img"
        for at in range(1024 + 128, 16384, 97):
            changed = bytearray(whole)
            changed[at] ^= 0xff
            damaged.write_bytes(changed)
            ended = self.tool("inspect", "--files", "--json", damaged)
            self.assertIn(ended.returncode, (0, 125), f"{at}: {ended.stderr}")

    def test_unwritable_output(self):
        self.bad(125, "cannot write /no/such/folder/x", words=["build", "-o", "/no/such/folder/x",
                                                               "/bin/true"])

    def test_no_space(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        program = self.compile("hello", HELLO + "/* no space */")
        self.bad(125, "File too large|No space left", "OSPREY_CACHE",
                 words=["build", "-o", self.folder / "x", program], preexec_fn=limit,
                 environment={"OSPREY_CACHE": f"{self.folder}/1"})
        left = [p for p in pathlib.Path(self.folder, "1").rglob("*") if p.is_file()]
        self.assertEqual(left, [], "a failed run left files behind")

    def test_full_disk(self):
        """The same on a real, small filesystem, where the machine allows one."""
        mount = self.folder / "small"
        mount.mkdir()
        (self.folder / "big").write_bytes(os.urandom(6_000_000))
        script = (f"mount -t tmpfs -o size=4m none {mount} && "
                  f"OSPREY_CACHE={mount}/cache {harness.OSPREY} build -o {self.folder}/x "
                  f"--file {self.folder}/big:/big /bin/true")
        ended = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True,
                               text=True, env=self.environment)
        if ended.stderr.startswith(("unshare:", "mount:")):
            self.skipTest("may not mount here")
        self.assertRegex(ended.stderr, "No space left on device\n +Free some space")
        self.assertEqual(ended.returncode, 125)

    def test_unreadable_files_are_told(self):
        if os.getuid() == 0:
            self.skipTest("root reads everything")
        root = self.tree()
        (root / "data" / "secret").chmod(0)
        ended = self.good("build", "-o", self.folder / "x", "--root", root, "/bin/hello")
        self.assertIn("left out 1 file that you may not read", ended.stderr)


if __name__ == "__main__":
    harness.main()
