# SPDX-License-Identifier: BSD-3-Clause
"""Debian packages that a test needs but nobody should have to install: fetched by apt with a
configuration of its own from the mirror that this machine's apt uses, and unpacked, not installed.
"""
import os
import pathlib
import shutil
import subprocess
import sys

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"),
                     "osprey-tests")
SKIPPED = 77


def skip(reason):
    """Ends the test as one that cannot run here."""
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def mirror_of_debian():
    """@return the site of Debian 12 in this machine's package lists"""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        skip("no apt-get and dpkg-deb: packages for this test come from Debian")
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)", "Identifier: Packages",
         "Origin: Debian", "Codename: bookworm"], capture_output=True, text=True).stdout.split()
    if not listed:
        skip("apt here has no package lists of Debian 12 (apt-get update)")
    return listed[0]


class Archive:
    """One suite of Debian, such as `bookworm-backports`, seen through an apt of its own."""

    def __init__(self, suite):
        self.suite = suite
        self.folder = CACHE / suite
        for name in ("etc/apt.conf.d", "etc/preferences.d", "lists/partial", "archives/partial",
                     "packages"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        site = mirror_of_debian()
        keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
        (self.folder / "etc/sources.list").write_text(
            f"deb [signed-by={keys}] {site} {suite} main\n")
        self.configuration = self.folder / "apt.conf"
        self.configuration.write_text("".join(f'{name} "{value}";\n' for name, value in (
            ("Dir::Etc", self.folder / "etc"), ("Dir::Etc::sourceparts", "/dev/null"),
            ("Dir::State", self.folder), ("Dir::State::lists", self.folder / "lists"),
            ("Dir::State::status", "/dev/null"), ("Dir::Cache", self.folder),
            ("APT::Sandbox::User", "root"), ("APT::Architecture", "amd64"),
            ("Acquire::Languages", "none"))))

    def apt(self, *words, **options):
        environment = dict(os.environ, APT_CONFIG=str(self.configuration), LC_ALL="C")
        return subprocess.run(words, env=environment, capture_output=True, text=True, **options)

    def unpacked(self, *names):
        """Fetches the packages unless it was done before. @return a folder with their files"""
        root = self.folder / "root" / "+".join(names)
        if root.exists():
            return root
        if not list((self.folder / "lists").glob("*_Packages")):
            updated = self.apt("apt-get", "update", "-qq")
            if updated.returncode or not list((self.folder / "lists").glob("*_Packages")):
                skip(f"cannot fetch the package lists of {self.suite}: {updated.stderr.strip()}")
        fetched = self.apt("apt-get", "download", "-qq", *names, cwd=self.folder / "packages")
        if fetched.returncode:
            skip(f"cannot fetch {' '.join(names)} of {self.suite}: {fetched.stderr.strip()}")
        half = root.with_name(root.name + ".part")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        for name in names:
            for package in (self.folder / "packages").glob(f"{name}_*.deb"):
                subprocess.run(["dpkg-deb", "-x", package, half], check=True)
        half.rename(root)
        return root

    def dependency(self, name, prefix):
        """@return the package with this prefix that `name` depends on"""
        if not list((self.folder / "lists").glob("*_Packages")):
            self.apt("apt-get", "update", "-qq")
        for line in self.apt("apt-cache", "depends", name).stdout.splitlines():
            word = line.split()[-1]
            if line.lstrip().startswith("Depends:") and word.startswith(prefix):
                return word
        skip(f"no {prefix}… among what {name} of {self.suite} depends on")
