#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Detached runs and what is done with them: names, ps, logs, stop, wait, rm, inspect. A fake guest."""
import json
import os
import pathlib
import signal
import subprocess
import time

import harness


class Runs(harness.ToolTest):
    def tearDown(self):
        for run in self.listed("-a"):
            subprocess.run([harness.OSPREY, "rm", "-f", run["id"]], env=self.environment,
                           capture_output=True)

    def detached(self, name, fake="stays", *words, status=0):
        ended = self.tool("run", "-d", "--name", name, *words, "/bin/true", fake=fake)
        self.assertEqual(ended.returncode, status, ended.stderr)
        return ended

    def listed(self, *words):
        return json.loads(self.good("ps", "--json", *words).stdout)

    def state(self, name):
        return {run["name"]: run["state"] for run in self.listed("-a")}.get(name)

    def test_life(self):
        ended = self.detached("web")
        self.assertEqual((ended.stdout, ended.stderr), ("web\n", ""))
        run, = self.listed()
        self.assertEqual((run["name"], run["state"], run["status"]), ("web", "running", None))
        # Its process is the leader of its own session: the terminal's end does not reach it.
        self.assertEqual(os.getsid(run["pid"]), run["pid"])
        folder = pathlib.Path(run["folder"])
        self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
        self.assertEqual((folder / "agent").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.good("ps", "-q").stdout, run["id"] + "\n")
        text = self.good("ps").stdout.splitlines()
        self.assertRegex(text[0], "^RUN ID +NAME +PROGRAM +STARTED +STATUS")
        self.assertRegex(text[1], f"^{run['id']} +web +/bin/true .* Up ")
        self.assertEqual(self.good("stop", "-t", "1", "web").stdout, "web\n")
        self.assertEqual(self.listed(), [])
        run, = self.listed("-a")
        self.assertEqual(run["state"], "exited")
        self.assertEqual(run["status"], 128 + signal.SIGTERM)
        self.assertRegex(self.good("ps", "-a").stdout, r"Exited \(143\) \d+ seconds? ago")
        self.assertEqual(self.good("rm", "web").stdout, "web\n")
        self.assertEqual(self.listed("-a"), [])
        self.assertFalse(folder.exists())

    def test_output_is_kept(self):
        self.detached("once", "hello")
        self.assertEqual(self.good("wait", "once").stdout, "0\n")
        ended = self.good("logs", "once")
        self.assertEqual((ended.stdout, ended.stderr), ("hello\n", "warning\n"))
        self.assertEqual(self.good("logs", "--stderr", "once").stdout, "warning\n")
        self.assertEqual(self.good("logs", "--stdout", "once").stderr, "")
        self.assertIn("kernel starts", self.good("logs", "--kernel", "once").stdout)
        self.assertEqual([json.loads(line) for line in
                          self.good("logs", "--json", "once").stdout.splitlines()],
                         [{"stream": "stdout", "line": "hello"},
                          {"stream": "stderr", "line": "warning"}])
        self.assertEqual(self.good("logs", "-f", "once").stdout, "hello\n")

    def test_tail(self):
        self.detached("once", "hello")
        self.good("wait", "once")
        log = pathlib.Path(self.listed("-a")[0]["folder"]) / "stdout.log"
        lines = [f"line {i}\n" for i in range(30_000)]
        for text, count, wanted in (("".join(lines), 3, lines[-3:]), ("".join(lines), 0, []),
                                    ("".join(lines), 20_000, lines[-20_000:]),
                                    ("a\nb", 1, ["b"]), ("a\nb", 5, ["a\n", "b"]), ("", 2, []),
                                    ("\n\n\n", 2, ["\n", "\n"])):
            log.write_text(text)
            self.assertEqual(self.good("logs", "--stdout", "--tail", count, "once").stdout,
                             "".join(wanted))

    def test_exit_code(self):
        ended = self.tool("run", "-d", "--name", "bad", "/bin/true", fake="hello",
                          environment={"OSPREY_FAKE_CODE": "7"})
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(self.good("wait", "bad").stdout, "7\n")
        self.assertEqual(json.loads(self.good("inspect", "--json", "bad").stdout)["status"], 7)
        self.assertRegex(self.good("inspect", "bad").stdout, "(?m)^state +exited$")

    def test_name_is_unique(self):
        self.detached("web")
        ended = self.tool("run", "-d", "--name", "web", "/bin/true", fake="stays")
        self.assertEqual(ended.returncode, 125)
        self.assertRegex(ended.stderr, r"the name web is taken by the run \S+ \(running\)")
        self.good("stop", "-t", "0", "web")
        self.bad(125, r"taken by the run \S+ \(exited\)", "osprey rm web",
                 words=["run", "--name", "web", "/bin/true"])
        for name in ("-a", "1a", "a b", "a/b", "x" * 65):
            self.assertEqual(self.tool("run", "--name=" + name, "/bin/true").returncode,
                             2, name)

    def test_two_of_one_name_race(self):
        words = ["run", "-d", "--name", "one", "/bin/true"]
        racers = [self.start(*words, fake="stays", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                  for _ in range(4)]
        codes = sorted(r.wait(harness.PATIENCE) for r in racers)
        for r in racers:
            r.stdout.close()
            r.stderr.close()
        self.assertEqual(codes, [0, 125, 125, 125])
        self.assertEqual(len(self.listed()), 1)

    def test_ids(self):
        self.detached("web")
        run = self.listed()[0]["id"]
        for word in (run, run[:-1]):
            self.assertEqual(json.loads(self.good("inspect", "--json", word).stdout)["id"], run)
        self.bad(127, "there is no run nobody", "osprey ps -a", words=["stop", "nobody"])
        self.bad(125, "the run web still runs", "osprey stop web", words=["rm", "web"])

    def test_killed_run_is_lost(self):
        self.detached("web")
        run, = self.listed()
        os.kill(run["pid"], signal.SIGKILL)
        self.wait_for(lambda: self.state("web") == "lost", "the end of the run")
        self.wait_for(lambda: not pathlib.Path(f"/proc/{run['qemu_pid']}").exists(), "QEMU's end")
        self.assertRegex(self.good("ps", "-a").stdout, "web .* Lost")
        self.bad(125, "nobody knows how it ended", words=["wait", "web"])
        self.assertEqual(self.listed(), [])

    def test_number_of_another_process(self):
        """A record whose process number has passed on to somebody else is not taken for alive."""
        self.detached("web")
        run, = self.listed()
        os.kill(run["pid"], signal.SIGKILL)
        self.wait_for(lambda: self.state("web") == "lost", "the end of the run")
        record = pathlib.Path(run["folder"]) / "run.json"
        for changes in ({"pid": os.getpid()},  # another start time
                        {"process": "00000000-0000-0000-0000-000000000000/1"}):  # another boot
            record.write_text(json.dumps({**run, "status": None} | changes).replace(
                '"status": null, ', ""))
            facts = json.loads(record.read_text())
            facts.pop("status", None)
            record.write_text(json.dumps(facts))
            self.assertEqual(self.state("web"), "lost")

    def test_guest_that_does_not_boot(self):
        ended = self.tool("run", "-d", "--name", "bad", "/bin/true", fake="panics_early")
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("before it had booted", ended.stderr)
        self.assertEqual(ended.stdout, "")
        self.assertEqual(self.state("bad"), "exited")

    def test_foreground_run(self):
        process = self.start("run", "-q", "--name", "fore", "/bin/true", fake="stays",
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for(lambda: self.state("fore") == "running", "the guest")
        self.bad(125, "was not kept", words=["logs", "fore"])
        self.assertEqual(self.good("stop", "-t", "0", "fore").stdout, "fore\n")
        self.assertEqual(process.wait(harness.PATIENCE), 128 + signal.SIGTERM)

    def test_no_agent_answers(self):
        """A guest whose agent never comes is no reason to wait for ever: its end ends the command."""
        self.detached("web")
        process = self.start("exec", "web", "/bin/true", stderr=subprocess.PIPE)
        self.wait_for_note(control={"agent": 1})
        self.good("rm", "-f", "web")
        self.assertEqual(process.wait(harness.PATIENCE), 125)
        self.assertIn(b"the guest ended", process.stderr.read())
        process.stderr.close()

    def test_help(self):
        for command in ("ps", "logs", "stop", "wait", "rm", "exec", "cp", "env", "dmesg", "stats",
                        "top", "strace", "gdb"):
            text = self.good(command, "--help").stdout
            self.assertRegex(text, f"^[^\n]*\n?.*Usage: osprey {command}")
            if command not in ("exec", "gdb"):
                self.assertIn("--json", text)


if __name__ == "__main__":
    harness.main()
