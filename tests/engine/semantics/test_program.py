"""The program: a folder or file, run as Pulumi's language host runs it, as often as wanted."""

from __future__ import annotations

from pathlib import Path

from hubwright.engine.engine import Engine
from tests.engine.cloud import StackUnderTest


def test_a_folder_runs_as_pulumi_runs_it(tmp_path: Path):
    (tmp_path / "names.py").write_text("import pulumi\npulumi.export('from', 'module')\n")
    (tmp_path / "__main__.py").write_text("import names, pulumi\npulumi.export('stack', pulumi.get_stack())\n")
    options = StackUnderTest(tmp_path).open(tmp_path)._options
    for _ in range(2):
        assert Engine(options).up().outputs == {"from": "module", "stack": "dev"}
