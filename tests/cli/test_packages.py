#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""--deb, against a small package source of our own: no network, an ordinary user."""
import hashlib
import os
import pathlib
import shutil
import subprocess

import harness

HELLO = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'


class Packages(harness.ToolTest):
    def setUp(self):
        super().setUp()
        self.source = self.folder / "source"
        self.source.mkdir()
        self.sources = self.folder / "sources.list"
        self.sources.write_text(f"deb [trusted=yes] file:{self.source} ./\n")
        configuration = self.folder / "apt.conf"
        configuration.write_text(f'Dir::Etc::sourcelist "{self.sources}";\n'
                                 'Dir::Etc::sourceparts "/nonexistent";\n'
                                 'Dir::Etc::preferencesparts "/nonexistent";\n'
                                 'Acquire::GzipIndexes "false";\n')
        self.environment["APT_CONFIG"] = str(configuration)
        self.environment["OSPREY_CACHE"] = str(self.folder / "cache")

    def package(self, name, files, depends="", version="1.0", postinst="", links=()):
        stage = self.folder / f"stage-{name}"
        shutil.rmtree(stage, ignore_errors=True)
        (stage / "DEBIAN").mkdir(parents=True)
        (stage / "DEBIAN" / "control").write_text(
            f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: a <a@b>\n"
            f"{f'Depends: {depends}' if depends else 'Section: misc'}\nDescription: test\n")
        if postinst:
            (stage / "DEBIAN" / "postinst").write_text(postinst)
            (stage / "DEBIAN" / "postinst").chmod(0o755)
        for path, content in files.items():
            target = stage / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if hasattr(content, "read_bytes"):
                shutil.copy(content, target)
            else:
                target.write_text(content)
        for path, to in links:
            (stage / path).parent.mkdir(parents=True, exist_ok=True)
            (stage / path).symlink_to(to)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", stage, self.source],
                       check=True, capture_output=True)

    def index(self):
        """Writes the Packages file."""
        text = ""
        for deb in sorted(self.source.glob("*.deb")):
            control = subprocess.run(["dpkg-deb", "-f", deb], capture_output=True, text=True,
                                     check=True).stdout
            digest = hashlib.sha256(deb.read_bytes()).hexdigest()
            text += (f"{control.strip()}\nFilename: ./{deb.name}\nSize: {deb.stat().st_size}\n"
                     f"SHA256: {digest}\n\n")
        (self.source / "Packages").write_text(text)

    def set(self):
        """Two packages: a static program, and a library part that it depends on."""
        program = self.compile("hello", HELLO, "-static")
        self.package("greeter", {"bin/greet": program, "usr/share/greeter/a": "a"},
                     depends="greeter-data")
        self.package("greeter-data", {"lib/greeter/data": "data"},
                     postinst="#!/bin/sh\ntouch /tmp/osprey-postinst-ran\n"
                              "dir=/usr/lib/greeter\n"
                              "update-alternatives --install /usr/bin/hi hi /usr/bin/greet 10 \\\n"
                              "  --slave /usr/share/hi hi.data ${dir}/data\n"
                              "update-alternatives --install /usr/bin/other other /no/where 5\n"
                              "update-alternatives --install $(unknown) u /usr/bin/greet 5\n",
                     links=[("usr/share/greeter/link", "../../lib/greeter/data")])
        self.index()

    def test_closure_and_layout(self):
        self.set()
        image = self.folder / "a.img"
        ended = self.good("build", "--deb", "greeter", "-o", image, "greet")
        self.assertIn("2 packages", ended.stderr)
        files = self.image_files(image)
        # /bin and /lib are links, as on every Debian of today.
        self.assertEqual(files["/bin"]["target"], "usr/bin")
        for path in ("/usr/bin/greet", "/usr/lib/greeter/data", "/usr/share/greeter/a"):
            self.assertEqual(files[path]["kind"], "file")
        # Alternatives are links without anything being run.
        self.assertEqual(files["/usr/bin/hi"]["target"], "/etc/alternatives/hi")
        self.assertEqual(files["/etc/alternatives/hi"]["target"], "/usr/bin/greet")
        self.assertEqual(files["/usr/share/hi"]["target"], "/etc/alternatives/hi.data")
        self.assertNotIn("/usr/bin/other", files)
        self.assertFalse(os.path.exists("/tmp/osprey-postinst-ran"))
        text = self.good("inspect", image).stdout
        self.assertIn("package    greeter 1.0", text)

    def test_program_of_the_packages(self):
        self.set()
        self.assertEqual(self.good("run", "-q", "--deb", "greeter", "greet").stdout, "hello\n")
        self.assertIn("/usr/bin/greet x",
                      self.good("run", "--dry-run", "--deb", "greeter,greeter-data", "greet",
                                "x").stdout)
        self.assertIn(" /bin/greet ", self.good("run", "--dry-run", "--deb", "greeter",
                                                "/bin/greet").stdout.replace("'", " "))
        self.bad(127, "no program nothere in the packages", words=["run", "--deb", "greeter",
                                                                   "nothere"])
        own = self.folder / "own.sh"
        own.write_text("#!/bin/greet\n")
        own.chmod(0o755)
        self.bad(127, "add it with --file", words=["run", "--deb", "greeter", "./own.sh"])
        self.good("run", "-q", "--deb", "greeter", "--file", f"{own}:/own.sh", "/own.sh")

    def test_second_time_needs_no_apt(self):
        self.set()
        self.good("run", "-q", "--deb", "greeter", "greet")
        shutil.rmtree(self.source)
        self.good("run", "-q", "--deb", "greeter", "greet")

    def test_new_version_is_taken_after_an_update(self):
        self.set()
        self.good("build", "-q", "--deb", "greeter-data,greeter", "-o", "a.img", "greet")
        self.package("greeter-data", {"lib/greeter/data": "changed data"}, version="2.0")
        self.index()
        self.good("build", "-q", "--apt-update", "--deb", "greeter", "-o", "b.img", "greet")
        files = self.image_files(self.folder / "b.img")
        self.assertEqual(files["/usr/lib/greeter/data"]["size"], len("changed data"))

    def test_reproducible(self):
        self.set()
        self.good("build", "--deb", "greeter", "-o", "a.img", "greet")
        self.environment["OSPREY_CACHE"] = str(self.folder / "other")
        self.good("build", "--deb", "greeter", "-o", "b.img", "greet")
        self.assertEqual((self.folder / "a.img").read_bytes(),
                         (self.folder / "b.img").read_bytes())

    def test_unknown_package(self):
        self.set()
        self.bad(125, "apt knows no package nosuch", "apt-cache search",
                 words=["run", "--deb", "greeter,nosuch", "greet"])
        self.bad(2, "not a list of package names", words=["run", "--deb", "-y", "greet"])
        self.bad(2, "not a list of package names", words=["run", "--deb", "a,,b", "greet"])

    def test_unmet_dependency(self):
        self.package("lonely", {"bin/x": "x"}, depends="nowhere-to-be-found")
        self.index()
        self.bad(125, "apt cannot choose packages for lonely", words=["run", "--deb", "lonely", "x"])

    def test_library_missing_in_packages(self):
        program = self.compile("dynamic", HELLO)
        self.package("bare", {"bin/bare": program})
        self.index()
        self.bad(126, "wants the program interpreter .* which is not in the packages",
                 words=["run", "--deb", "bare", "bare"])

    def test_source_that_is_gone(self):
        self.sources.write_text("deb [trusted=yes] file:/no/such/place ./\n")
        self.bad(125, "cannot fetch the package lists", words=["run", "--deb", "greeter", "greet"])

    def test_package_that_is_gone(self):
        self.set()
        next(self.source.glob("greeter_*.deb")).unlink()
        self.bad(125, "cannot fetch the packages", words=["run", "--deb", "greeter", "greet"])

    def test_package_with_wrong_bytes(self):
        self.set()
        deb = next(self.source.glob("greeter_*.deb"))
        content = bytearray(deb.read_bytes())
        content[-100] ^= 0xff
        deb.write_bytes(content)
        self.bad(125, "cannot fetch the packages|wrong checksum|[Hh]ash",
                 words=["run", "--deb", "greeter", "greet"])

    def test_ordinary_user(self):
        if os.getuid() != 0:
            self.skipTest("the other tests ran as an ordinary user already")
        self.set()
        home = self.folder / "home"
        home.mkdir()
        os.chown(home, 65534, 65534)
        environment = dict(self.environment, HOME=str(home), OSPREY_CACHE=str(home / "cache"),
                           OSPREY_STATE=str(home / "state"))
        del environment["OSPREY_FAKE_NOTES"]
        # A copy, since a build folder may lie where others cannot look.
        tool = self.folder / "osprey"
        shutil.copy(harness.OSPREY, tool)
        (self.folder / "guest").mkdir()
        shutil.copy(pathlib.Path(harness.OSPREY).parent / "guest/agent", self.folder / "guest/agent")
        fake = self.folder / "fake_qemu.py"
        shutil.copy(harness.HERE / "fake_qemu.py", fake)
        environment["OSPREY_QEMU"] = str(fake)
        ended = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", tool,
                                "run", "--deb", "greeter", "greet"], capture_output=True, text=True,
                               env=environment, cwd=home, stdin=subprocess.DEVNULL)
        self.assertEqual((ended.returncode, ended.stdout), (0, "hello\n"), ended.stderr)

    def test_no_apt(self):
        self.set()
        self.environment["APT_CONFIG"] = ""
        script = f"unshare -rm sh -c 'mount --bind /dev/null /usr/bin/apt-get && {harness.OSPREY} run --deb a b'"
        ended = subprocess.run(["sh", "-c", script], capture_output=True, text=True,
                               env=self.environment)
        if ended.stderr.startswith(("unshare:", "mount:")):
            self.skipTest("may not mount here")
        self.assertIn("cannot find apt-get", ended.stderr)


if __name__ == "__main__":
    harness.main()
