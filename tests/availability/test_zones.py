"""Time zones are known on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_zones_and_their_old_names_are_known_on_a_machine_without_any():
    """In a process of its own: where a machine has its zones is read once."""
    wanted = ["Asia/Kathmandu", "Europe/Berlin", "US/Eastern"]
    command = (
        "from zoneinfo import TZPATH, ZoneInfo\n"
        "from django_org_members.availability import zones\n"
        f"print(list(TZPATH), [str(ZoneInfo(name)) for name in {wanted} if name in zones.names()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{command}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"[] {wanted}"
