"""The layers of the package: imports point downward only (the contracts are in pyproject.toml)."""

from __future__ import annotations

from pathlib import Path

import pytest

importlinter = pytest.importorskip("importlinter.cli", reason="import-linter is not installed")


def test_imports_keep_to_the_layers():
    config = Path(__file__).resolve().parents[1] / "pyproject.toml"
    assert importlinter.lint_imports(config_filename=str(config), cache_dir=None) == 0
