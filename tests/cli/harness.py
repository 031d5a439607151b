# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the host tool share: the tool in a clean environment, and a fake QEMU."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

# How long to wait for what takes a moment: a busy machine is no reason to fail.
PATIENCE = 400

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OSPREY = os.environ.get("OSPREY", str(ROOT / "build" / "osprey"))

# A test started in the background of a shell inherits "ignore" for SIGINT, and would hand it on.
signal.signal(signal.SIGINT, signal.default_int_handler)


class ToolTest(unittest.TestCase):
    """A test with a folder, a cache and a state folder of its own."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="osprey-test."))
        cls.shared.chmod(0o755)
        cls.kernel = cls.shared / "kernel.elf"
        shutil.copy("/bin/true", cls.kernel)

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["chmod", "-R", "u+rwX", cls.shared])
        shutil.rmtree(cls.shared, ignore_errors=True)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))
        self.folder.chmod(0o755)
        self.notes_file = self.folder / "notes"
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",  # without sbin, as for an ordinary user
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm",
            "OSPREY_CACHE": str(self.shared / "cache"),
            "OSPREY_STATE": str(self.folder / "state"),
            "OSPREY_KERNEL": str(self.kernel),
            "OSPREY_QEMU": str(HERE / "fake_qemu.py"),
            "OSPREY_FAKE_NOTES": str(self.notes_file),
        }

    def tool(self, *words, fake=None, timeout=PATIENCE, **options):
        """Runs the tool to its end. @return a CompletedProcess with text."""
        environment = dict(self.environment)
        environment.update(options.pop("environment", {}))
        if fake:
            environment["OSPREY_FAKE"] = fake
        options.setdefault("stdin", subprocess.DEVNULL)
        if "input" in options:
            del options["stdin"]
        options.setdefault("text", True)
        return subprocess.run([OSPREY, *map(str, words)], env=environment, capture_output=True,
                              timeout=timeout, cwd=self.folder, **options)

    def start(self, *words, fake=None, **options):
        """Starts the tool and leaves it running."""
        environment = dict(self.environment, OSPREY_FAKE=fake or "hello")
        return subprocess.Popen([OSPREY, *map(str, words)], env=environment, cwd=self.folder,
                                **options)

    def good(self, *words, **options):
        ended = self.tool(*words, **options)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended

    def bad(self, status, *patterns, words, **options):
        """The tool must fail with this status, and say each pattern on stderr."""
        ended = self.tool(*words, **options)
        for pattern in patterns:
            self.assertRegex(ended.stderr, pattern)
        self.assertEqual(ended.returncode, status, ended.stderr)
        # A message, not a trace or a wall of text.
        self.assertNotIn("terminate called", ended.stderr)
        return ended

    def wait_for(self, condition, what):
        """Waits until a function says yes."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                self.fail(f"waited in vain for {what}")
            time.sleep(0.02)

    def wait_for_note(self, **facts):
        """Waits until the fake QEMU has left this note."""
        self.wait_for(lambda: facts in self.notes(), facts)

    def notes(self):
        if not self.notes_file.exists():
            return []
        lines = self.notes_file.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def compile(self, name, source, *flags):
        """Compiles a C program or library. @return its path."""
        path = self.folder / name
        subprocess.run(["gcc", "-x", "c", "-o", path, "-", *map(str, flags)],
                       input=source.encode(), check=True)
        return path

    def image_files(self, image):
        """Path to entry of every file in an image, by the tool's own reader."""
        facts = json.loads(self.good("inspect", "--json", "--files", image).stdout)
        return {entry["path"]: entry for entry in facts["files"]}


def main():
    unittest.main(verbosity=1)
