#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hash trees of images: made, verified here, by veritysetup and by the guest; damage of all kinds."""
import json
import shutil
import subprocess

import harness

BLOCK = 4096
READER = r"""
    #include <fcntl.h>
    #include <stdio.h>
    #include <unistd.h>
    int main(int argc, char** argv) {
        static char block[4096];
        int fd = open("/data", O_RDONLY), bad = 0;
        for (int i = 0; i < 600; ++i)
            bad += pread(fd, block, sizeof block, (long)i * 4096) < 0;
        printf("%d bad\n", bad);
        return argc > 1 ? 9 : 0;  /* says that all is well, or fails by itself */
    }"""


class Integrity(harness.ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared / "data"
        cls.data.write_bytes(b"".join(bytes([i % 251 + 1, i // 251 + 1]) * 2048 for i in range(600)))

    def setUp(self):
        super().setUp()
        for name in ("OSPREY_KERNEL", "OSPREY_QEMU"):
            del self.environment[name]

    def build(self, name, *words):
        path = self.folder / name
        program = self.compile("reader", READER, "-static")
        self.good("build", "-o", path, *words, "--file", f"{self.data}:/data", program)
        return path

    def inspect(self, image):
        return json.loads(self.good("inspect", "--json", image).stdout)

    def flip(self, image, position):
        """@return a copy of the image with one bit flipped."""
        damaged = self.folder / "damaged.img"
        shutil.copy(image, damaged)
        with open(damaged, "r+b") as file:
            file.seek(position)
            byte = file.read(1)[0]
            file.seek(position)
            file.write(bytes([byte ^ 4]))
        return damaged

    def data_position(self, image):
        """Where the middle of /data lies."""
        return image.read_bytes().index(bytes([300 % 251 + 1, 300 // 251 + 1]) * 2048)

    def run_guest(self, *words):
        return self.tool("run", "-q", "-c", "1", "--timeout", "280", *words)

    def test_kinds(self):
        sizes = {}
        for kind in ("crc32c", "sha256", "none"):
            image = self.build(f"{kind}.img", "--verity", kind)
            facts = self.inspect(image)
            sizes[kind] = facts["bytes"] - facts["blocks"] * BLOCK
            if kind != "none":
                self.assertEqual(facts["verity"]["algorithm"], kind)
                self.assertEqual(facts["verity"]["bytes"], sizes[kind])
                self.good("inspect", "--verify", image)
            self.assertEqual(self.run_guest(image).stdout, "0 bad\n")
        self.assertEqual(self.inspect(self.folder / "none.img")["verity"], None)
        self.assertEqual(sizes["none"], 0)
        self.assertEqual(sizes["crc32c"], 2 * BLOCK)
        self.bad(125, "no hash tree", words=("inspect", "--verify", self.folder / "none.img"))
        log = self.tool("run", "-v", self.folder / "none.img").stderr
        self.assertIn("has no hash tree", log)
        self.bad(2, "verity", words=("build", "--verity", "md5", "-o", "x.img", "/bin/true"))

    def test_equal_bytes(self):
        first = self.build("a.img")
        self.environment["OSPREY_CACHE"] = str(self.folder / "other-cache")
        self.assertEqual(first.read_bytes(), self.build("b.img").read_bytes())

    def test_veritysetup_agrees(self):
        tool = shutil.which("veritysetup", path="/usr/sbin:/sbin:/usr/bin")
        self.assertTrue(tool, "veritysetup (cryptsetup-bin) is needed")
        image = self.build("sha256.img", "--verity", "sha256")
        facts = self.inspect(image)
        offset = facts["blocks"] * BLOCK

        def verify(path):
            return subprocess.run([tool, "verify", f"--hash-offset={offset}", path, path,
                                   facts["verity"]["root_hash"]], capture_output=True).returncode
        self.assertEqual(verify(image), 0)
        self.assertNotEqual(verify(self.flip(image, 5 * BLOCK + 17)), 0)
        # And the other way round: a tree of its making, with a salt, is understood here.
        plain = self.build("plain.img", "--verity", "none")
        shown = subprocess.run([tool, "format", f"--hash-offset={offset}", "--salt=0badcafe", plain,
                                plain], capture_output=True, text=True, check=True).stdout
        root = shown.split("Root hash:")[1].split()[0]
        self.assertEqual(self.inspect(plain)["verity"]["root_hash"], root)
        self.good("inspect", "--verify", plain)
        self.assertEqual(self.run_guest(f"--kernel-arg=root-hash={root}", plain).stdout, "0 bad\n")
        wrong = ("1" if root[0] == "0" else "0") + root[1:]
        ended = self.run_guest(f"--kernel-arg=root-hash={wrong}", plain)
        self.assertEqual(ended.returncode, 126)
        self.assertIn("does not match its checksum", ended.stderr)

    def test_verify_finds_every_region(self):
        image = self.build("good.img")
        facts = self.inspect(image)
        end = facts["blocks"] * BLOCK
        for position in (0, BLOCK + 100, self.data_position(image), end - 1, end + BLOCK,
                         end + 2 * BLOCK - 1):
            self.bad(125, "is damaged", words=("inspect", "--verify", self.flip(image, position)))
        for position in (1024, 1024 + 40, end, end + 8, end + 12, end + 40, end + 64, end + 70,
                         end + 81, end + 90, end + 700):
            with self.subTest(position - end):
                self.bad(125, "damaged|no EROFS", words=("inspect", self.flip(image, position)))
            self.bad(125, "damaged|no EROFS|what to run", words=("run", self.flip(image, position)))

    def test_cut_short(self):
        image = self.build("good.img")
        size = image.stat().st_size
        for left in (size - 1, size - BLOCK, size - 2 * BLOCK, size - 3 * BLOCK):
            with open(image, "r+b") as file:
                file.truncate(left)
            self.bad(125, "cut short", words=("run", image))

    def test_damaged_data(self):
        image = self.flip(self.build("good.img"), self.data_position(self.folder / "good.img"))
        block = self.data_position(self.folder / "good.img") // BLOCK
        ended = self.run_guest(image)
        self.assertEqual(ended.stdout, "1 bad\n")
        self.assertIn(f"the image is damaged: block {block} of vda does not match its checksum",
                      ended.stderr)
        self.assertIn("build the image again", ended.stderr)
        self.assertEqual(ended.returncode, 126)  # though the program found nothing wrong
        program = self.inspect(image)["osprey"]["program"]
        self.assertEqual(self.run_guest(image, program, "fail").returncode, 9)

    def test_damaged_metadata(self):
        """Whatever is hit, the run does not end well, and says why."""
        image = self.build("good.img")
        end = self.inspect(image)["blocks"] * BLOCK
        text = image.read_bytes()
        places = {"root's inode": 1024 + 128 + 4, "a name": text.index(b"osprey"),
                  "program": text.index(b"\x7fELF") + 8, "hash tree": end + BLOCK + 4}
        for what, position in places.items():
            with self.subTest(what):
                ended = self.run_guest(self.flip(image, position))
                self.assertNotEqual(ended.returncode, 0, ended.stderr)
                self.assertRegex(ended.stderr, "damaged")

    def test_damaged_cache(self):
        """A damaged image of the cache is thrown away, so that the next run makes a new one."""
        words = ("--file", f"{self.data}:/data", self.compile("reader", READER, "-static"))
        self.environment["OSPREY_CACHE"] = str(self.folder / "cache")
        self.assertEqual(self.run_guest(*words).stdout, "0 bad\n")
        (image,) = (self.folder / "cache" / "images").glob("*.erofs")
        position = self.data_position(image)
        shutil.copy(self.flip(image, position), image)
        ended = self.run_guest(*words)
        self.assertEqual((ended.returncode, ended.stdout), (126, "1 bad\n"))
        self.assertIn("run it again", ended.stderr)
        self.assertEqual(self.run_guest(*words).stdout, "0 bad\n")


if __name__ == "__main__":
    harness.main()
