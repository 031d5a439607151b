#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Debian's unmodified prometheus scrapes /metrics of a guest."""
import json
import pathlib
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

import service


class Prometheus(unittest.TestCase):
    def test_scrape(self):
        with tempfile.TemporaryDirectory(prefix="osprey-rest.") as name, service.in_guest() as s:
            folder = pathlib.Path(name)
            subprocess.run(["apt-get", "download", "-qq", "prometheus"], cwd=folder, check=True)
            package = next(folder.glob("prometheus_*.deb"))
            subprocess.run(["dpkg-deb", "-x", package, folder / "root"], check=True)
            (folder / "prometheus.yml").write_text(
                "global: {scrape_interval: 2s, scrape_timeout: 2s}\n"
                "scrape_configs:\n- job_name: guest\n  static_configs:\n"
                f"  - targets: ['127.0.0.1:{s.port}']\n")
            port = service.free_port()
            server = subprocess.Popen(
                [folder / "root/usr/bin/prometheus", f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                self.ask_until(port, "up", lambda r: r and r[0]["value"][1] == "1")
                for query in ("node_memory_MemTotal_bytes", "node_cpu_seconds_total{mode=\"idle\"}",
                              "osprey_info", "osprey_thread_cpu_seconds_total",
                              "node_network_receive_bytes_total{device=\"eth0\"}"):
                    self.ask_until(port, query, bool)
            finally:
                server.terminate()
                server.wait()

    def ask_until(self, port, query, good):
        limit = time.monotonic() + 120
        result = None
        while time.monotonic() < limit:
            try:
                url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode(
                    {"query": query})
                with urllib.request.urlopen(url, timeout=10) as answer:
                    result = json.load(answer)["data"]["result"]
                if good(result):
                    return
            except OSError:
                pass
            time.sleep(0.5)
        self.fail(f"{query}: {result}")


if __name__ == "__main__":
    unittest.main()
