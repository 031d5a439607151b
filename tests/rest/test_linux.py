#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every request, against the server on Linux and a made-up tracefs."""
import contextlib
import pathlib
import shutil
import tempfile
import unittest

import made_tracefs
import service
from checks import Checks as Base


class Linux(Base):
    @classmethod
    def setUpClass(cls):
        cls.trace_folder = pathlib.Path(tempfile.mkdtemp(prefix="osprey-rest-trace."))
        cls.addClassCleanup(shutil.rmtree, cls.trace_folder)
        made_tracefs.make(cls.trace_folder)
        cls.ending = contextlib.ExitStack()
        cls.addClassCleanup(cls.ending.close)
        cls.service = cls.ending.enter_context(
            service.on_linux("--tracefs", str(cls.trace_folder)))

    def test_trace_counts(self):
        self.assertNotIn("list", self.get("/trace/count"))
        self.assertEqual(self.ask("POST", "/trace/count/sched_switch", form={"enabled": "true"}),
                         "")
        event = self.trace_folder / "events/sched/sched_switch"
        self.assertTrue((event / "count").read_text().startswith("1\n"))
        (self.trace_folder / "counts").write_text("sched_switch 4711\nmutex_lock 12\n")
        counts = self.get("/trace/count")
        self.assertEqual(counts["list"], [{"name": "sched_switch", "count": 4711},
                                          {"name": "mutex_lock", "count": 12}])
        self.assertIn(b'osprey_tracepoint_hits_total{event="sched_switch"} 4711\n',
                      self.get("/metrics"))
        self.assertEqual(self.ask("DELETE", "/trace/count"), "")
        self.assertEqual((self.trace_folder / "counts").read_text(), "")
        self.assertEqual(self.ask("POST", "/trace/count/nothing", 400,
                                  query={"enabled": "true"})["message"],
                         "Unknown tracepoint name")

    def test_trace_stacks(self):
        (self.trace_folder / "stacks").write_text(
            "3 17 18 a name;main;work;mutex_lock_[k]\n1 0 0 idle0;idle_[k]\nnonsense\n")
        answer = self.get("/trace/stacks")
        self.assertEqual(answer["stacks"], [
            {"count": 3, "pid": 17, "tid": 18, "thread": "a name",
             "frames": ["main", "work", "mutex_lock_[k]"]},
            {"count": 1, "pid": 0, "tid": 0, "thread": "idle0", "frames": ["idle_[k]"]}])
        self.ask("DELETE", "/trace/stacks")
        self.assertEqual(self.get("/trace/stacks")["stacks"], [])

    def test_trace_files(self):
        """What is written is what tracefs wants."""
        self.ask("POST", "/trace/sampler", query={"freq": 250})
        self.assertEqual((self.trace_folder / "sampler").read_text(), "250\n")
        data = self.get("/trace/buffers")
        self.assertEqual(data[-3 * 4096:], b"\1" * 4096 + b"\2" * 8192)


class Options(unittest.TestCase):
    def test_without_tracefs(self):
        with service.on_linux("--tracefs", "/no/such") as s:
            for path in ("/trace/status", "/trace/count", "/trace/buffers", "/trace/stacks"):
                self.assertIn("tracefs", s.get(path, 501)["message"])
            self.assertNotIn(b"osprey_tracepoint", s.get("/metrics"))

    def test_read_only(self):
        with service.on_linux("--read-only") as s:
            for method, path in (("PUT", "/file/tmp/x?op=MKDIRS"), ("DELETE", "/env/HOME"),
                                 ("POST", "/env/HOME?val=x"), ("PUT", "/app/?command=true"),
                                 ("POST", "/api/stop"), ("POST", "/os/poweroff"),
                                 ("POST", "/trace/sampler?freq=1")):
                self.assertEqual(s.request(method, path).status, 404, path)
            self.assertEqual(s.get("/env/PATH", 200)[:1], "/")
            batch = '[{"method":"DELETE","relative_url":"/env/PATH"}]'
            self.assertEqual(s.ask("POST", "/api/batch", form={"batch": batch})[0]["code"], 404)
            methods = {m for p in s.get("/openapi.json")["paths"].values() for m in p}
            self.assertEqual(methods, {"get", "post"})

    def test_compatible(self):
        with service.on_linux("--compatible") as s:
            self.assertEqual(s.get("/os/name"), "OSv")
            self.assertEqual(s.get("/os/vendor"), "Cloudius Systems")
            status = s.get("/file/etc/hosts", op="GETFILESTATUS")
            self.assertEqual((status["owner"], status["group"]), ("osv", "osv"))
            names = [i["config"]["name"] for i in s.get("/network/ifconfig")]
            self.assertIn("lo0", names)

    def test_command_line_file(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="osprey-rest."))
        self.addCleanup(shutil.rmtree, folder)
        with service.on_linux("--cmdline-file", str(folder / "cmdline")) as s:
            self.assertEqual(s.ask("POST", "/os/cmdline", query={"cmdline": "--verbose /a b"}),
                             "--verbose /a b")
        self.assertEqual((folder / "cmdline").read_text(), "--verbose /a b\n")

    def test_configuration_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write('{"access-allow": "https://good.example", "compatible": true}')
            file.flush()
            with service.on_linux("--config-file", file.name) as s:
                self.assertEqual(s.get("/os/name"), "OSv")
                for origin, status in (("https://good.example", 200), ("https://bad.example", 403)):
                    answer = s.request("GET", "/os/name", headers={"Origin": origin})
                    self.assertEqual(answer.status, status)
                    self.assertEqual(answer.headers["Access-Control-Allow-Origin"],
                                     origin if status == 200 else None)

    def test_stop(self):
        with contextlib.suppress(AssertionError), service.on_linux() as s:
            self.assertEqual(s.ask("POST", "/api/stop"), "")
            self.assertEqual(s.process.wait(60), 0)


del Base  # not to be run by itself
if __name__ == "__main__":
    unittest.main()
