#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Looking into a guest by its agent: exec, cp, env, top, stats. The guest is this machine, with the
real agent; what it does in a real one is in test_verbs."""
import json
import os
import pathlib
import pty
import signal
import subprocess
import termios
import time

import harness
from test_sessions import read_until

AGENT = pathlib.Path(harness.OSPREY).resolve().parent / "guest/agent"


class Agent(harness.ToolTest):
    fake = "with_agent"

    def setUp(self):
        super().setUp()
        self.environment["OSPREY_FAKE_AGENT"] = str(AGENT)
        self.good("run", "-d", "--name", "g", "/bin/true", fake=self.fake,
                  environment={"OF_THE_GUEST": "yes"})

    def tearDown(self):
        self.tool("rm", "-f", "g")


class Exec(Agent):
    def test_like_a_shell(self):
        for words in (("/bin/echo", "a b", "", "'"), ("/bin/false",), ("/bin/ls", "/no/such"),
                      ("sh", "-c", "echo out; echo err >&2; exit 7"), ("sh", "-c", "kill -9 $$")):
            linux = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                   env=dict(self.environment))
            ended = self.tool("exec", "g", *words)
            code = linux.returncode if linux.returncode >= 0 else 128 - linux.returncode
            self.assertEqual((ended.returncode, ended.stdout, ended.stderr),
                             (code, linux.stdout, linux.stderr))

    def test_cannot_run(self):
        self.bad(127, "/nope: No such file", words=["exec", "g", "/nope"])
        self.bad(126, "/etc/passwd: Permission denied", words=["exec", "g", "/etc/passwd"])
        self.bad(127, "No such file", words=["exec", "-w", "/nope", "g", "true"])
        self.bad(127, "no guest nobody runs", words=["exec", "nobody", "true"])
        self.bad(2, "PROGRAM", words=["exec", "g"])

    def test_input(self):
        for data in (b"", b"x", os.urandom(1_500_000)):
            ended = self.tool("exec", "-i", "g", "cat", input=data, text=False)
            self.assertEqual(ended.stdout == data, True, f"{len(ended.stdout)} of {len(data)}")
        # Without -i there is none.
        self.assertEqual(self.tool("exec", "g", "cat", input="x").stdout, "")
        # A program that does not read its input is no reason to wait.
        self.assertEqual(self.tool("exec", "-i", "g", "true", input=bytes(10**6),
                                   text=False).returncode, 0)

    def test_environment_and_folder(self):
        ended = self.good("exec", "-e", "A=1", "-e", "HOME", "-w", "/tmp", "g", "sh", "-c",
                          "echo $A $HOME $OF_THE_GUEST $PWD")
        self.assertEqual(ended.stdout, f"1 {self.folder} yes /tmp\n")

    def test_signal(self):
        process = self.start("exec", "g", "sh", "-c",
                             "trap 'echo got; exit 3' USR1; echo ready; while :; do sleep 0.1; done",
                             stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(process.stdout.read(), b"got\n")
        process.stdout.close()
        self.assertEqual(process.wait(harness.PATIENCE), 3)

    def test_command_that_leaves(self):
        """A program whose command was killed gets SIGHUP, and the others go on."""
        other = self.start("exec", "-i", "g", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process = self.start("exec", "g", "sh", "-c", "echo $$; exec sleep 1000",
                             stdout=subprocess.PIPE)
        pid = int(process.stdout.readline())
        process.stdout.close()
        process.kill()
        process.wait()
        self.wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "the program's end")
        self.assertEqual(other.communicate(b"still here", harness.PATIENCE)[0], b"still here")

    def test_reader_that_leaves(self):
        process = self.start("exec", "g", "yes", stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.read(2), b"y\n")
        process.stdout.close()
        self.assertEqual(process.wait(harness.PATIENCE), 128 + signal.SIGPIPE)

    def test_slow_reader_does_not_stop_others(self):
        slow = self.start("exec", "g", "yes", stdout=subprocess.PIPE)
        self.assertEqual(slow.stdout.read(2), b"y\n")
        for _ in range(3):
            self.assertEqual(self.good("exec", "g", "echo", "quick").stdout, "quick\n")
        slow.stdout.close()
        slow.kill()
        slow.wait()

    def test_many_at_once(self):
        processes = [self.start("exec", "g", "sh", "-c", f"sleep 0.2; seq {i} 20000", text=True,
                                stdout=subprocess.PIPE) for i in range(20)]
        for i, p in enumerate(processes):
            self.assertEqual(p.communicate(timeout=harness.PATIENCE)[0],
                             "".join(f"{n}\n" for n in range(i, 20001)))

    def test_agent_comes_and_goes(self):
        """It ends when nobody has used it for some seconds, and comes again; killed, too."""
        def agents():
            return sum(note == {"control": {"agent": 1}} for note in self.notes())

        def agent_pids():
            return [int(p.name) for p in pathlib.Path("/proc").glob("[0-9]*") if self.is_ours(p)]

        self.good("exec", "g", "true")
        self.wait_for(lambda: not agent_pids(), "the agent's end")
        self.good("exec", "g", "true")
        self.assertEqual(agents(), 2)
        process = self.start("exec", "g", "sleep", "1000", stderr=subprocess.PIPE)
        self.wait_for(agent_pids, "the agent")
        time.sleep(0.5)
        os.kill(agent_pids()[0], signal.SIGKILL)
        self.assertEqual(process.wait(harness.PATIENCE), 125)
        self.assertIn(b"agent in the guest has ended", process.stderr.read())
        process.stderr.close()
        self.good("exec", "g", "true")

    def is_ours(self, process):
        try:
            return (os.readlink(process / "exe") == str(AGENT) and
                    str(self.folder).encode() in (process / "environ").read_bytes())
        except OSError:
            return False

    def test_terminal(self):
        parent, child = pty.openpty()
        termios.tcsetwinsize(parent, (33, 99))

        def take_terminal():
            os.setsid()
            os.close(os.open(os.ttyname(child), os.O_RDWR))

        process = self.start("exec", "-t", "g", "sh", "-c", "stty size; read x; echo got $x; exit 5",
                             stdin=child, stdout=child, stderr=child, preexec_fn=take_terminal)
        read_until(parent, b"33 99\r\n")
        os.write(parent, b"it\r")
        read_until(parent, b"got it\r\n")
        self.assertEqual(process.wait(harness.PATIENCE), 5)
        os.close(parent)
        os.close(child)
        self.bad(2, "no terminal", words=["exec", "-t", "g", "true"])

    def test_env_top_stats(self):
        own = json.loads(self.good("env", "--json", "-p", os.getpid(), "g").stdout)
        self.assertEqual(own["PATH"], os.environ["PATH"])
        blocks = [json.loads(line) for line in
                  self.good("top", "--json", "-n", "2", "-d", "0.3", "g").stdout.splitlines()]
        self.assertEqual(len(blocks), 2)
        self.assertEqual(len(blocks[0]["cpus"]), os.cpu_count())
        self.assertIn(os.getpid(), [t["pid"] for t in blocks[1]["threads"]])
        self.assertTrue(all(t["cpu_percent"] >= 0 for t in blocks[1]["threads"]))
        self.assertRegex(self.good("top", "-n", "1", "-d", "0.1", "g").stdout,
                         "(?s)^g: .*threads.*CPUs busy:.* TID .*python3")
        facts, = json.loads(self.good("stats", "--no-stream", "--json", "-d", "0.3", "g").stdout)
        total = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) * 1024
        self.assertEqual((facts["memory_bytes"], facts["cpus"]), (total, os.cpu_count()))
        self.assertRegex(self.good("stats", "--no-stream", "-d", "0.1").stdout,
                         r"CPU %.*\n\S+ +g +\d+\.\d\d% ")


class Copy(Agent):
    def tree(self, name):
        top = self.folder / name
        (top / "sub" / "deep").mkdir(parents=True)
        (top / "empty").write_bytes(b"")
        (top / "sub" / "large").write_bytes(os.urandom(300_001))
        (top / "sub" / "deep" / "run").write_text("#!/bin/sh\n")
        (top / "sub" / "deep" / "run").chmod(0o751)
        (top / "link").symlink_to("sub/deep/run")
        (top / "dangling").symlink_to("/no/such")
        (top / "sub").chmod(0o700)
        os.utime(top / "sub" / "large", ns=(10**18, 10**18 + 123456789))
        os.utime(top / "sub", ns=(10**18, 10**18 + 5))
        return top

    def facts(self, top):
        result = {}
        for path in [top, *top.rglob("*")]:
            status = path.lstat()
            content = (os.readlink(path) if path.is_symlink() else
                       path.read_bytes() if path.is_file() else "")
            result[str(path.relative_to(top))] = (status.st_mode, content,
                                                  0 if path.is_symlink() else status.st_mtime_ns)
        return result

    def test_tree(self):
        top = self.tree("tree")
        there, back = self.folder / "there", self.folder / "back"
        self.good("cp", top, f"g:{there}")
        self.assertEqual(self.facts(there), self.facts(top))
        self.good("cp", f"g:{there}", back)
        self.assertEqual(self.facts(back), self.facts(top))
        # Into a folder that is there, under its own name; over what is there.
        for _ in range(2):
            self.good("cp", "-q", f"g:{top}", there)
            self.good("cp", "-q", top, f"g:{back}")
        self.assertEqual(self.facts(there / "tree"), self.facts(top))
        self.assertEqual(self.facts(back / "tree"), self.facts(top))

    def test_files(self):
        data = os.urandom(5_000_000)
        (self.folder / "big").write_bytes(data)
        ended = self.good("cp", "big", f"g:{self.folder}/copy")
        self.assertRegex(ended.stderr, "1 file copied, 5.0 MB")
        self.assertEqual((self.folder / "copy").read_bytes() == data, True)
        # A file whose size nobody knows before it is read.
        self.good("cp", "g:/proc/self/status", "status")
        self.assertIn("Name:\tagent", (self.folder / "status").read_text())

    def test_refusals(self):
        (self.folder / "file").write_text("x")
        self.bad(125, "No such file", words=["cp", "g:/no/such", "."])
        self.bad(127, "no file nothing", words=["cp", "nothing", "g:/tmp"])
        self.bad(125, "/no/such/place: No such file", words=["cp", "file", "g:/no/such/place"])
        self.bad(2, "RUN:PATH", words=["cp", "file", "other"])
        self.bad(2, "only one side", words=["cp", "g:/a", "g:/b"])
        self.bad(125, "write .*: No such", words=["cp", "g:/etc/passwd", "no/such/place"])


class NoAgent(Agent):
    fake = "no_agent"

    def test_told(self):
        for words in (["exec", "g", "true"], ["cp", "g:/x", "."], ["top", "g"], ["env", "g"]):
            self.bad(125, "the image has no agent", words=words)


class Mad(Agent):
    fake = "mad_agent"

    def test_nonsense(self):
        self.bad(125, "nonsense", words=["exec", "g", "true"])
        self.assertEqual(json.loads(self.good("ps", "--json").stdout)[0]["state"], "running")


class Flood(Agent):
    fake = "flooding_agent"

    def test_command_that_does_not_read(self):
        """What the agent sends beyond its window is not kept."""
        process = self.start("exec", "g", "yes", stdout=subprocess.PIPE)
        run, = json.loads(self.good("ps", "--json").stdout)
        time.sleep(3)
        status = pathlib.Path(f"/proc/{run['pid']}/status").read_text()
        resident = int(next(line.split()[1] for line in status.splitlines()
                            if line.startswith("VmRSS")))
        self.assertLess(resident, 40_000)
        process.stdout.close()
        process.kill()
        process.wait()


if __name__ == "__main__":
    harness.main()
