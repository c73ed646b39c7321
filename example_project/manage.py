#!/usr/bin/env python
"""The example project's command line: `python example_project/manage.py demo` shows everything."""

from __future__ import annotations

import os
import sys

from project.requirements import explain_what_is_missing


def main() -> None:
    """Run a management command, once everything that it needs is installed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    problem = explain_what_is_missing()
    if problem:
        sys.exit(problem)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
