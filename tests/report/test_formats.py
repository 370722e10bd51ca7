"""Formats are found by looking, and none of them breaks on any report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sample_reports import ALL, RULES, everyday

from zerolint import report as reports
from zerolint.report import Options, render, report_formats


def test_the_formats_are_the_modules_without_an_underscore() -> None:
    folder = Path(reports.__file__).parent
    assert report_formats() == tuple(sorted(path.stem for path in folder.glob("[a-z]*.py")))
    assert {"concise", "json", "sarif", "text"} <= set(report_formats())


@pytest.mark.parametrize("name", ["xml", "_terminal", "__init__", "os", ""])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no output format"):
        render(name, everyday(), RULES)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("format_name", report_formats())
@pytest.mark.parametrize("options", [Options(), Options(color=True, width=30, base="demos")], ids=["plain", "color"])
def test_every_report_in_every_format(name: str, format_name: str, options: Options) -> None:
    text = render(format_name, ALL[name](), RULES, options)
    assert text == render(format_name, ALL[name](), RULES, options)
    assert text == "" or text.endswith("\n")
    text.encode("utf-8")


def test_plain_reports_do_not_import_rich() -> None:
    program = (
        "import sys\n"
        "from sample_reports import RULES, everyday\n"
        "from zerolint.report import Options, render, report_formats\n"
        "for name in report_formats():\n"
        "    render(name, everyday(), RULES)\n"
        "assert 'rich' not in sys.modules\n"
        "render('text', everyday(), RULES, Options(color=True))\n"
        "assert 'rich' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parent, check=True, timeout=60)
