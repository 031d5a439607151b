#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Networks: what the options mean to QEMU, what is refused, and captures of a running guest."""
import json
import re
import socket
import subprocess
import time

import harness


class Options(harness.ToolTest):
    def line(self, *words):
        return self.good("run", "--dry-run", *words, "/bin/true").stdout

    def test_user_network_is_the_default(self):
        line = self.line()
        self.assertIn(" -netdev user,id=net0 ", line)
        self.assertIn("-device virtio-net-pci,netdev=net0,romfile=", line)
        self.assertIn("virtio-net-device", self.line("--machine", "microvm"))

    def test_no_network(self):
        self.assertNotIn("net0", self.line("--net", "none"))

    def test_published_ports(self):
        line = self.line("-p", "8080:80", "--publish", "0.0.0.0:5300:53/udp")
        self.assertIn("hostfwd=tcp:127.0.0.1:8080-:80", line)
        self.assertIn("hostfwd=udp:0.0.0.0:5300-:53", line)

    def test_several_cards(self):
        line = self.line("--net", "user", "--net", "tap:tap7,queues=2", "--net", "bridge:br0",
                         "--mac", "52:54:00:00:00:01")
        self.assertIn("virtio-net-pci,netdev=net0,mac=52:54:00:00:00:01", line)
        self.assertIn("tap,id=net1,ifname=tap7,script=no,downscript=no,queues=2", line)
        self.assertIn("mq=on,vectors=6", line)
        self.assertIn("bridge,id=net2,br=br0", line)
        macs = re.findall(r"mac=([0-9a-f:]{17})", line)
        self.assertEqual(len(set(macs)), 3)

    def test_capture_from_the_start(self):
        self.assertIn("filter-dump,id=capture0,netdev=net0,file=a,,b.pcap",
                      self.line("--pcap", "a,b.pcap"))

    def test_refused(self):
        for words, pattern in (
                (["-p", "80/sctp"], "neither /tcp nor /udp"),
                (["-p", "eighty"], "no port mapping"),
                (["-p", "8080:0"], "no port mapping"),
                (["-p", "70000:80"], "no port mapping"),
                (["-p", "localhost:80:80"], "no IPv4 address"),
                (["--net", "wifi"], "no network 'wifi'"),
                (["--net", "tap:"], "does not name an interface"),
                (["--net", "tap:a-name-that-is-too-long"], "does not name an interface"),
                (["--net", "none", "--net", "user"], "no other --net"),
                (["--net", "none", "-p", "80"], "needs the user network"),
                (["--net", "none", "--pcap", "x"], "without a network"),
                (["--mac", "52:54:00:00:00"], "no MAC address"),
                (["--mac", "53:54:00:00:00:01"], "multicast"),
                (["--mac", "52:54:00:00:00:01", "--mac", "52:54:00:00:00:02"], "2 --macs for 1"),
        ):
            with self.subTest(words=words):
                self.bad(2, pattern, words=["run", *words, "/bin/true"])

    def test_missing_bridge(self):
        self.bad(125, "no bridge nowhere", "ip link",
                 words=["run", "--net", "bridge:nowhere", "/bin/true"])

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            self.bad(125, f"TCP port {port} of this machine is in use", "-p OTHER:80",
                     words=["run", "-p", f"{port}:80", "/bin/true"])

    def test_free_port_is_told(self):
        ended = self.good("run", "-p", "0:80", "-p", "7", "/bin/true")
        self.assertRegex(ended.stderr, r"open     http://localhost:\d+ \(guest port 80\), "
                                       r"localhost:\d+ \(guest port 7\)")
        self.assertLessEqual(len(ended.stderr.splitlines()), 5)  # a header of 4, and "warning"
        record = json.loads(next((self.folder / "state/runs").glob("*/run.json")).read_text())
        self.assertEqual([p["guest"] for p in record["ports"]], [80, 7])
        self.assertNotIn(0, [p["host"] for p in record["ports"]])

    def test_many_clients_may_wait_at_a_port(self):
        """QEMU listens with a queue of one; the tool asks for more."""
        self.assertGreaterEqual(int(self.good("run", "/bin/true", fake="listens").stdout), 128)


class Capture(harness.ToolTest):
    def test_no_guest(self):
        self.bad(127, "no guest is running", words=["pcap"])
        self.bad(127, "no guest 2020 runs", words=["pcap", "2020"])

    def test_fake_guest_has_no_monitor(self):
        """A guest whose monitor does not speak is told, and no empty file stays."""
        with self.start("run", "-q", "/bin/true", fake="stays", stdout=subprocess.DEVNULL) as guest:
            try:
                for _ in range(600):
                    if list((self.folder / "state/runs").glob("*/monitor")):
                        break
                    time.sleep(0.1)
                self.bad(125, "monitor does not answer", words=["pcap", "-o", "x.pcap"])
                self.assertFalse((self.folder / "x.pcap").exists())
            finally:
                guest.kill()


harness.main()
