# SPDX-License-Identifier: BSD-3-Clause
"""What the applications' runs came to, kept from run to run: a file for each application."""

import json
import re
import subprocess
import time


class Results:
    def __init__(self, folder, sources):
        self.folder = folder
        self.sources = sources
        folder.mkdir(parents=True, exist_ok=True)

    def commit(self):
        return subprocess.run(["git", "describe", "--always", "--dirty", "--exclude=*"],
                              cwd=self.sources, capture_output=True, text=True).stdout.strip()

    def keep(self, name, results):
        """`results`: a list of (cpus, seconds, problem or None, note)."""
        file = self.folder / (re.sub(r"[^\w.-]", "_", name)[:100] + ".json")
        kept = json.loads(file.read_text()) if file.exists() else {"name": name, "runs": {}}
        for cpus, seconds, problem, note in results:
            kept["runs"][str(cpus)] = {
                "passed": problem is None, "seconds": round(seconds), "note": note,
                "date": time.strftime("%F"), "commit": self.commit()}
        file.write_text(json.dumps(kept, indent=1))

    def table(self):
        """As Markdown, a row for each application and commit."""
        rows = ["| application | CPUs: result, seconds | commit | date |", "|---|---|---|---|"]
        passed = failed = 0
        for file in sorted(self.folder.glob("*.json")):
            kept = json.loads(file.read_text())
            groups = {}
            for cpus, run in sorted(kept["runs"].items(), key=lambda item: int(item[0])):
                word = "passed" if run["passed"] else "FAILED"
                passed, failed = passed + run["passed"], failed + (not run["passed"])
                note = f" ({run['note']})" if run["note"] else ""
                groups.setdefault((run["commit"], run["date"]), []).append(
                    f"{cpus}: {word} {run['seconds']}{note}")
            for (commit, date), runs in groups.items():
                name = kept["name"].replace(",", ", ")
                rows.append(f"| {name} | {'; '.join(runs)} | {commit} | {date} |")
        return "\n".join([*rows, "", f"{passed} passed, {failed} failed"])
