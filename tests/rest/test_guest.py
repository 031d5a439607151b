#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every request, against the server in a guest, which `osprey run --api` started."""
import contextlib
import os
import pathlib
import subprocess
import tempfile
import unittest

import service
from checks import Checks as Base


class Guest(Base):
    @classmethod
    def setUpClass(cls):
        cls.ending = contextlib.ExitStack()
        cls.addClassCleanup(cls.ending.close)
        cls.service = cls.ending.enter_context(
            service.in_guest("-c", "2", "-m", "768M", "--file", "/bin/true:/usr/bin/true"))


class Ends(unittest.TestCase):
    def run_tool(self, *words):
        port = service.free_port()
        return subprocess.run([service.BUILD / "osprey", "run", f"--api={port}", *words],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=400), port

    def test_exit_code(self):
        """The program's, and the machine ends with it; stdout is the program's alone."""
        for command, status in ((("--file", "/bin/sleep:/bin/sleep", "/bin/sh", "-c", "sleep 2; echo out; exit 7"), 7),
                                (("/bin/echo", "quick"), 0)):
            ended, port = self.run_tool(*command)
            self.assertEqual(ended.returncode, status, ended.stderr)
            self.assertIn(ended.stdout, ("out\n", "quick\n"))
            self.assertIn(f"http://localhost:{port}", ended.stderr)
            self.assertLessEqual(len(ended.stderr.splitlines()), 4)

    def test_poweroff(self):
        with service.in_guest() as s:
            self.assertEqual(s.ask("POST", "/os/poweroff"), "")
            s.process.wait(60)

    def test_token(self):
        with tempfile.TemporaryDirectory() as folder:
            token = os.path.join(folder, "token")
            with service.in_guest(f"--api-token={token}") as s:
                self.assertEqual(os.stat(token).st_mode & 0o777, 0o600)
                text = pathlib.Path(token).read_text().strip()
                s.ask("GET", "/os/name", 401)
                answer = s.request("GET", "/os/name", headers={"Authorization": f"Bearer {text}"})
                self.assertEqual(answer.json(), "Osprey")


del Base
if __name__ == "__main__":
    unittest.main()
