#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Which accelerator is chosen, on machines that are made up: a /proc/cpuinfo and a /dev/kvm of the
test's own, mounted in a namespace of its own."""
import json
import os
import subprocess

import harness

FLAGS = {"none": "fpu sse sse2", "vmx": "fpu vmx sse2", "svm": "fpu sse2 svm",
         "alike": "fpu svm_lock vmx_like"}


class Accelerator(harness.ToolTest):
    def choose(self, flags, device):
        """@return what `osprey version` and the QEMU line say on such a machine"""
        cpuinfo = self.folder / "cpuinfo"
        cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {FLAGS[flags]}\n")
        # All of /dev is covered, so that the machine may have a /dev/kvm or not.
        script = f"""
            set -e
            mount --bind {cpuinfo} /proc/cpuinfo
            mkdir -p {self.folder}/dev
            mount -t tmpfs none {self.folder}/dev
            for name in null zero urandom {'kvm' if device == 'real' else ''}; do
                touch {self.folder}/dev/$name
                mount --bind /dev/$name {self.folder}/dev/$name
            done
            {f'touch {self.folder}/dev/kvm' if device == 'fake' else ''}
            mount --rbind {self.folder}/dev /dev
            echo mounted >&2
            {harness.OSPREY} version --json
            {harness.OSPREY} run --dry-run /bin/true
        """
        ended = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True,
                               text=True, env=self.environment)
        if "mounted" not in ended.stderr:
            self.skipTest("may not mount here")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        text, end = json.JSONDecoder().raw_decode(ended.stdout)
        line = ended.stdout[end:]
        self.assertIn(f" -accel {'kvm' if text['accelerator'] == 'kvm' else 'tcg,thread=multi'} ",
                      line)
        return text["accelerator"], text["accelerator_reason"]

    def test_no_flag(self):
        """A /dev/kvm that opens is no proof of hardware virtualisation."""
        for flags in ("none", "alike"):
            for device in ("missing", "fake"):
                self.assertEqual(self.choose(flags, device),
                                 ("tcg", "the CPU shows neither vmx nor svm"))

    def test_no_device(self):
        for flags in ("vmx", "svm"):
            self.assertEqual(self.choose(flags, "missing"),
                             ("tcg", "/dev/kvm does not open: No such file or directory"))

    def test_device_of_another_kind(self):
        self.assertEqual(self.choose("vmx", "fake"), ("tcg", "/dev/kvm is not Linux's KVM"))

    def test_flag_and_device(self):
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            self.skipTest("this machine has no /dev/kvm")
        for flags in ("vmx", "svm"):
            self.assertEqual(self.choose(flags, "real"),
                             ("kvm", "the CPU has hardware virtualisation and /dev/kvm opens"))

    def test_wish_overrides(self):
        for wish in ("kvm", "tcg"):
            line = self.good("run", "--dry-run", "--accel", wish, "/bin/true").stdout
            self.assertIn(f" -accel {wish}", line)


if __name__ == "__main__":
    harness.main()
