#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Looking into a real guest: exec, cp, dmesg, env, stats, top, strace, gdb, pcap."""
import json
import os
import shutil
import signal
import struct
import subprocess

import harness

# These need no library that sleep does not bring along.
SHELL = [word for name in ("dash:/bin/sh", "cat:/bin/cat", "sleep:/bin/sleep")
         for word in ("--file", "/bin/" + name)]

WORKER = r"""
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
static void* sleeper(void* name) {
    prctl(PR_SET_NAME, name);
    for (int i = 0;; i++) { usleep(2000); }
}
static void* busy(void* name) {
    prctl(PR_SET_NAME, name);
    for (volatile unsigned long i = 0;; i++) { }
}
int main(void) {
    pthread_t t;
    pthread_create(&t, 0, sleeper, "sleeper");
    pthread_create(&t, 0, busy, "busy");
    puts("ready");
    fflush(stdout);
    for (;;) { sleep(1); getppid(); }
}
"""


class Verbs(harness.ToolTest):
    def setUp(self):
        super().setUp()
        for name in ("OSPREY_KERNEL", "OSPREY_QEMU"):
            del self.environment[name]

    def tearDown(self):
        self.tool("rm", "-f", "g")

    def boot(self, *words):
        ended = self.tool("run", "-d", "--name", "g", *words)
        self.assertEqual(ended.returncode, 0, ended.stderr)

    def idle(self):
        """A guest with a shell, that does nothing by itself."""
        self.boot("-m", "128", "-c", "2", *SHELL, "-e", "COLOUR=blue", "--cwd", "/root",
                  "/bin/sleep", "100000")

    def test_exec_and_cp(self):
        self.idle()
        self.assertEqual(self.good("exec", "-e", "A=1", "g", "sh", "-c",
                                   "echo $A $COLOUR; pwd; exit 0").stdout, "1 blue\n/root\n")
        self.assertEqual(self.tool("exec", "g", "sh", "-c", "exit 9").returncode, 9)
        self.bad(127, "No such file", words=["exec", "g", "/nope"])
        data = os.urandom(700_000)
        ended = self.tool("exec", "-i", "g", "cat", input=data, text=False)
        self.assertEqual(ended.stdout == data, True, f"{len(ended.stdout)} bytes came back")
        tree = self.folder / "tree"
        (tree / "sub").mkdir(parents=True)
        (tree / "sub" / "data").write_bytes(data)
        (tree / "sub" / "data").chmod(0o640)
        (tree / "link").symlink_to("sub/data")
        os.utime(tree / "sub" / "data", ns=(10**18, 10**18 + 123456789))
        self.good("cp", tree, "g:/tmp/there")
        self.good("cp", "g:/tmp/there", "back")
        back = self.folder / "back"
        self.assertEqual((back / "sub" / "data").read_bytes() == data, True)
        self.assertEqual(os.readlink(back / "link"), "sub/data")
        before, after = ((top / "sub" / "data").stat() for top in (tree, back))
        self.assertEqual((before.st_mode, before.st_mtime_ns), (after.st_mode, after.st_mtime_ns))
        # A program whose command leaves gets SIGHUP.
        process = self.start("exec", "g", "sh", "-c",
                             "exec 2>/dev/null; trap 'echo hup > /tmp/hup; exit' HUP; echo ready; "
                             "while :; do sleep 1; done", stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.stdout.close()
        process.kill()
        process.wait()
        self.wait_for(lambda: self.tool("cp", "g:/tmp/hup", "hup").returncode == 0, "SIGHUP")

    def test_what_the_guest_tells(self):
        self.idle()
        self.assertEqual(json.loads(self.good("env", "--json", "g").stdout)["COLOUR"], "blue")
        self.assertRegex(self.good("dmesg", "g").stdout, r"(?m)^\[ +\d+\.\d{6}\] Osprey ")
        first = json.loads(self.good("dmesg", "--json", "g").stdout.splitlines()[0])
        self.assertEqual(first["number"], 0)
        facts, = json.loads(self.good("stats", "--no-stream", "--json").stdout)
        self.assertEqual((facts["name"], facts["cpus"]), ("g", 2))
        self.assertTrue(0 < facts["memory_used_bytes"] < facts["memory_bytes"] <= 128 << 20)
        # The port, as Linux shows it.
        self.good("cp", "g:/sys/class/virtio-ports/vport0p4/name", "name")
        self.assertEqual((self.folder / "name").read_text(), "org.osprey.agent\n")

    def test_threads_and_calls(self):
        program = self.compile("worker", WORKER, "-pthread", "-w")
        self.boot("-m", "128", "-c", "2", program)
        block = json.loads(self.good("top", "--json", "-n", "1", "-d", "2", "g").stdout)
        threads = {t["name"]: t for t in block["threads"]}
        self.assertGreater(threads["busy"]["cpu_percent"], 30)
        self.assertEqual(block["threads"][0]["name"], "busy")
        self.assertGreater(threads["sleeper"]["switches_per_second"], 10)
        self.assertEqual(threads["worker"]["pid"], threads["worker"]["tid"])
        calls = [json.loads(line) for line in
                 self.good("strace", "--json", "--seconds", "3", "g").stdout.splitlines()]
        self.assertTrue(any(c["call"].startswith(("clock_nanosleep(", "nanosleep(")) and
                            c["tid"] == threads["sleeper"]["tid"] for c in calls), calls[:5])
        self.bad(127, "no process 99", words=["strace", "-p", "99", "g"])
        log = self.good("logs", "--kernel", "g").stdout
        self.assertTrue(log.rstrip().endswith("strace: off"), log[-300:])

    def test_agent_needs_nothing_until_used(self):
        """hello in 8 MiB, as ever; there is even room for the agent."""
        program = self.compile("hello", '#include <stdio.h>\nint main(void) { puts("hello"); }',
                               "-static")
        ended = self.tool("run", "-q", "--timeout", "280", "-m", "8", "-c", "1", program)
        self.assertEqual((ended.returncode, ended.stdout), (0, "hello\n"), ended.stderr)
        sleeper = self.compile("sleeper", "int pause(void); int main(void) { pause(); }",
                               "-static")
        self.boot("-m", "8", "-c", "1", sleeper)
        self.assertIn("PATH=", self.good("env", "g").stdout)

    def test_machine_ends_with_its_application(self):
        program = self.compile("brief", "int sleep(int); int main(void) { sleep(6); return 4; }",
                               "-static", "-w")
        spinner = self.compile("spinner", "int main(void) { for (;;) { } }", "-static")
        self.boot("-m", "64", "-c", "1", "--file", f"{spinner}:/bin/spinner", program)
        process = self.start("exec", "g", "spinner", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(self.good("wait", "g").stdout, "4\n")
        self.assertEqual(process.wait(harness.PATIENCE), 125)
        self.assertIn(b"the guest ended", process.stderr.read())
        process.stdout.close()
        process.stderr.close()

    def test_image_without_agent(self):
        self.boot("-m", "64", "-c", "1", "--no-agent", "/bin/sleep", "10000")
        self.bad(125, r"the image has no agent", words=["exec", "g", "true"])
        self.bad(125, r"the image has no agent", words=["top", "-n", "1", "g"])
        self.assertIn("Osprey", self.good("logs", "--kernel", "g").stdout)

    def test_gdb(self):
        if not shutil.which("gdb"):
            self.skipTest("there is no gdb")
        self.boot("-m", "64", "-c", "1", "/bin/sleep", "10000")
        text = self.good("gdb", "g", "-batch", "-ex", "osprey threads", "-ex", "osprey locks",
                         "-ex", "osprey regions", "-ex", "osprey backtrace 1",
                         "-ex", "osprey log 200").stdout
        self.assertRegex(text, r"(?m)^ +1 waiting +0 +\d+ sleep +osprey::\S+.*sleep")
        self.assertIn("no thread waits for a mutex", text)
        self.assertRegex(text, r"address space 0x[0-9a-f]+ of sleep\n +0x[0-9a-f]+-0x")
        self.assertRegex(text, r"(?m)^#0 +0x[0-9a-f]+ osprey::")
        self.assertRegex(text, r"(?m)^\[ +\d+\.\d{6}\] Osprey ")
        # The guest goes on, and gdb can come again.
        self.assertIn("PATH=", self.good("env", "g").stdout)
        self.assertIn("sleep", self.good("gdb", "g", "-batch", "-ex", "osprey threads").stdout)
        self.assertEqual(self.good("stop", "-t", "60", "g").stdout, "g\n")

    def test_pcap(self):
        """Packets of a guest that asks for a name, recorded while it runs."""
        program = self.compile("asks", r"""
            #include <arpa/inet.h>
            #include <unistd.h>
            int main(void) {
                int s = socket(AF_INET, SOCK_DGRAM, 0);
                struct sockaddr_in to = {AF_INET, htons(9), {inet_addr("10.0.2.2")}, {0}};
                for (;;) { sendto(s, "marked by the test", 18, 0, (void*)&to, sizeof to);
                           usleep(100000); }
            }""", "-static", "-w")
        self.boot("-m", "64", "-c", "1", program)
        self.good("pcap", "-o", "x.pcap", "--seconds", "3", "g")
        data = (self.folder / "x.pcap").read_bytes()
        self.assertIn(struct.unpack("<I", data[:4])[0], (0xa1b2c3d4, 0xa1b23c4d))
        self.assertGreaterEqual(data.count(b"marked by the test"), 3)
        # Ctrl-C ends it as well.
        process = self.start("pcap", "-o", "y.pcap", "g", stderr=subprocess.PIPE)
        self.assertIn(b"recording guest", process.stderr.readline())
        self.wait_for(lambda: b"marked" in (self.folder / "y.pcap").read_bytes(), "a packet")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(harness.PATIENCE), 0)
        process.stderr.close()


if __name__ == "__main__":
    harness.main()
