"""Run `zerolint check` for action.yml: inputs from the environment in, log, outputs and step summary out.

Runs on the standard library, in the environment that install.py made; exits as zerolint does. The linted files may be
a stranger's. What is read in them goes into the log where the runner obeys no commands, and escaped into the summary.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import string
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

Data = dict[str, Any]

# The runner drops a summary of more than 1 MiB; what it replaces in it (secrets, line ends) can make it longer.
SUMMARY_LIMIT = 1_000_000
# Characters of a message that the summary shows, and how many broken rules.
MESSAGE_LIMIT = 1_000
FAILURE_LIMIT = 20

LEVELS = ("error", "warning", "info")
_ANNOTATION = re.compile(r"::(?:error|warning|notice)(?: [^\r\n]*?)?::")
# Left as they are: they mean nothing in the middle of a line of Markdown.
_HARMLESS = ",;-()'"


def main() -> int:
    report_format = _input("format") or "github"
    sarif_file = _input("sarif-file")
    if report_format == "sarif":
        # People read the log.
        report_format, sarif_file = "text", sarif_file or "zerolint.sarif"
    try:
        arguments = shlex.split(_input("args"))
    except ValueError as error:
        return _refused(f"args: {error}")
    if sarif_file:
        if len(sarif_file.splitlines()) > 1:
            return _refused("sarif-file: one file only")
        try:
            Path(sarif_file).parent.mkdir(parents=True, exist_ok=True)
            # One of an earlier run is no report of this one, and a link in the checkout may lead anywhere.
            Path(sarif_file).unlink(missing_ok=True)
        except OSError as error:
            return _refused(f"sarif-file: {error.strerror}")
    with tempfile.TemporaryDirectory(dir=os.environ.get("RUNNER_TEMP")) as folder:
        file = Path(folder, "report.json")
        options = [f"--format={report_format}", f"--format=json:{file}", *_threshold()]
        if sarif_file:
            options.append(f"--format=sarif:{sarif_file}")
        done = subprocess.run(
            # Isolated, because the working folder may hold a `zerolint.py` of somebody else.
            [sys.executable, "-I", "-X", "utf8", "-m", "zerolint", "check", *options, *arguments, "--", *_paths()],
            capture_output=True,
            check=False,
        )
        report: Data | None = json.loads(file.read_text("utf-8")) if file.is_file() else None
    _show(_lines(done.stdout), _lines(done.stderr), annotates=report_format == "github")
    _append("GITHUB_OUTPUT", f"exit-code={done.returncode}\n")
    if sarif_file and Path(sarif_file).is_file():
        _append("GITHUB_OUTPUT", f"sarif-file={sarif_file}\n")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        used = Path(summary).stat().st_size if Path(summary).exists() else 0
        _append("GITHUB_STEP_SUMMARY", _summary(report, done.returncode, SUMMARY_LIMIT - used))
    return done.returncode


def _input(name: str) -> str:
    return os.environ.get("INPUT_" + name.upper().replace("-", "_"), "").strip()


def _paths() -> list[str]:
    return [line.strip() for line in _input("path").splitlines() if line.strip()] or ["."]


def _threshold() -> list[str]:
    fail_on = _input("fail-on")
    if fail_on == "never":
        return ["--exit-zero"]
    return [f"--fail-on={fail_on}"] if fail_on else []


def _refused(reason: str) -> int:
    """Say that an input is wrong; gives the exit code of bad usage."""
    _show([], [f"zerolint: the input {reason}"])
    _append("GITHUB_OUTPUT", "exit-code=2\n")
    return 2


def _show(out: list[str], err: list[str], *, annotates: bool = False) -> None:
    """Write to the log. Annotations are for the runner; in all other lines it must find no commands.

    All goes to standard output: the runner reads the two streams in no certain order.
    """
    annotations = [line for line in out if annotates and _ANNOTATION.match(line)]
    others = [line for line in out if not (annotates and _ANNOTATION.match(line))]
    token = secrets.token_hex(16)
    written = [*annotations, f"::stop-commands::{token}", *others, *err, f"::{token}::"]
    sys.stdout.buffer.write("".join(f"{line}\n" for line in written).encode())
    sys.stdout.buffer.flush()


def _lines(output: bytes) -> list[str]:
    """Lines as the runner knows them."""
    text = re.sub(r"\r\n|\r", "\n", output.decode("utf-8", "replace"))
    return text.removesuffix("\n").split("\n") if text else []


def _append(variable: str, text: str) -> None:
    file = os.environ.get(variable)
    if file:
        with Path(file).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(text)


def _summary(report: Data | None, exit_code: int, limit: int) -> str:
    """The findings as a table in Markdown, the worst first, in at most `limit` bytes; findings beyond are counted."""
    if report is None:
        return f"### zerolint\n\nNo report: exit code {exit_code}. The log of the step says why.\n"
    counts = report["summary"]
    text = f"### zerolint\n\n{_verdict(counts)}\n"
    for failure in report["failures"][:FAILURE_LIMIT]:
        text += f"\n**{_literal(failure['name'])} broke:** {_literal(_cut(failure['error']))}\n"
    findings = [one for one in report["findings"] if not (one["suppressed"] or one["baselined"])]
    if not findings:
        return text
    findings.sort(key=lambda finding: LEVELS.index(finding["level"]))
    text += "\n| Level | Place | Rule | Finding |\n| --- | --- | --- | --- |\n"
    # Enough for the last line, which says what is left out.
    left = limit - len(text.encode()) - 200
    shown = 0
    for row in _rows(findings):
        left -= len(row.encode())
        if left < 0:
            break
        text += row
        shown += 1
    if shown < len(findings):
        text += f"\n{len(findings) - shown} more findings do not fit in here.\n"
    return text


def _verdict(counts: Data) -> str:
    if not counts["spaces"]:
        return "No Space found."
    found = ", ".join(_number(counts[level], level) for level in LEVELS if counts[level])
    files = _number(counts["files_with_findings" if found else "files"], "file")
    return f"{found or 'Nothing'} found in {files} ({_number(counts['spaces'], 'Space')})."


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 or noun == 'info' else 's'}"


def _rows(findings: list[Data]) -> Iterator[str]:
    for finding in findings:
        place = _literal(f"{finding['path']}:{finding['start']['line']}")
        rule = f"{_link(_literal(finding['code']), finding['url'])} {_literal(finding['name'])}"
        cells = (finding["level"], _link(place, _address(finding)), rule, _literal(_cut(finding["message"])))
        yield f"| {' | '.join(cells)} |\n"


def _cut(text: str) -> str:
    return text if len(text) <= MESSAGE_LIMIT else text[: MESSAGE_LIMIT - 3] + "..."


def _address(finding: Data) -> str:
    """Where the repository's host shows the line, "" when that cannot be told."""
    server, repository, commit = (os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "SHA"))
    path = finding["path"]
    # Of a checkout in another folder than the workspace, the path in the repository is not known.
    if not (server and repository and commit and Path(".git").exists()) or path.startswith(("/", "../")):
        return ""
    name = quote(path.encode("utf-8", "surrogateescape"))
    return f"{server}/{repository}/blob/{commit}/{name}#L{finding['start']['line']}"


def _link(text: str, address: str) -> str:
    return f"[{text}]({address})" if re.fullmatch(r"https?://[^\s()<>|\\]+", address) else text


def _literal(text: str) -> str:
    """Text for Markdown that shows it as it is, with what stands between backticks as code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        # One is left over.
        return _escaped(text)
    return "".join(
        f"<code>{_escaped(piece)}</code>" if number % 2 else _escaped(piece) for number, piece in enumerate(pieces)
    )


def _escaped(text: str) -> str:
    """Punctuation as character references, which are never taken for markup, and what cannot be printed in words."""
    readable = (character if character.isprintable() else ascii(character)[1:-1] for character in text)
    return "".join(
        f"&#{ord(character)};" if character in string.punctuation and character not in _HARMLESS else character
        for character in "".join(readable)
    )


if __name__ == "__main__":
    sys.exit(main())
