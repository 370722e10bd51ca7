"""The promises of docs/architecture.md about zerolint's own sources, held by reading them with `ast`.

A check takes the parsed modules by dotted name (`read.source`) and gives back one line per breach. Each is run twice:
over the package, where it finds nothing, and over a few lines that break the promise, where it finds them.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import zerolint
from zerolint import rules

PACKAGE = Path(zerolint.__file__).parent
PAGES = Path(__file__).parent.parent / "rules"

Modules = Mapping[str, ast.Module]
Check = Callable[[Modules], list[str]]

# A module imports what stands in an earlier row, and its own package.
STAGES: tuple[tuple[str, ...], ...] = (
    ("",),  # zerolint itself: the version and nothing else
    ("records",),
    ("finding",),
    ("rule",),
    ("read", "facts"),
    ("model",),
    ("rules",),
    ("config", "page"),
    ("suppress",),
    ("cache", "workers"),
    ("engine",),
    ("quota",),
    ("baseline",),
    ("fix", "report"),
    ("logs",),
    ("editor",),
    ("cli",),
    ("__main__",),
)

# Beside `read` these open files too, but none of the tree that is linted: configuration, the package's own data, and
# the metadata of installed plug-ins.
OPENS = ("read", "config", "page", "facts", "rules", "report.json")
WRITES = ("fix", "cache", "baseline", "cli")
PRINTS = ("__main__", "cli", "report", "editor")

HEAVY = {"libcst", "rich", "yaml", "packaging", "pathspec", "platformdirs", "jsonschema", "pygls", "lsprotocol"}
# Nothing but the command `zerolint server` imports these, and it imports them late.
SERVER = ("editor.server", "editor.protocol")
NETWORK = {
    *("socket", "ssl", "http", "ftplib", "smtplib", "telnetlib", "xmlrpc", "socketserver", "urllib.request"),
    *("requests", "httpx", "aiohttp", "urllib3", "huggingface_hub", "gradio_client"),
}
RUNS_CODE = {"runpy", "code", "codeop", "imp", "pickle", "marshal", "shelve", "dill", "cloudpickle"}


def sources() -> Modules:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(
            path.read_text("utf-8"), str(path)
        )
    return found


def imports(tree: ast.Module, *, typing_too: bool = False) -> Iterator[tuple[ast.stmt, str]]:
    """Every module that is imported anywhere, functions included; those under `if TYPE_CHECKING` only when asked for.

    `from a import b` gives `a` and `a.b`: b may be a module.
    """
    hidden: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and not typing_too and "TYPE_CHECKING" in ast.unparse(node.test):
            hidden.update(inner for statement in node.body for inner in ast.walk(statement))
    for node in ast.walk(tree):
        if node in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node, "." * node.level + (node.module or "")
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def stage(name: str) -> int | None:
    first = name.partition(".")[0]
    return next((number for number, row in enumerate(STAGES) if first in row), None)


def belongs(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(place + ".") for place in places)


def within(module: str, names: set[str]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in names)


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Every call with its dotted callee as far as it can be read: `open`, `path.read_text`, `….read_text`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node, node.func.id
            elif isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value) if isinstance(node.func.value, ast.Name) else "…"
                yield node, f"{owner}.{node.func.attr}"


def stages_import_earlier_ones(modules: Modules) -> list[str]:
    breaches = []
    for name, tree in modules.items():
        own = stage(name)
        if own is None:
            breaches.append(f"{name}: stands in no stage")
            continue
        for node, imported in imports(tree):
            if imported.startswith("."):
                breaches.append(f"{name}:{node.lineno}: a relative import")
            if imported != "zerolint" and not imported.startswith("zerolint."):
                continue
            target = imported.removeprefix("zerolint").removeprefix(".")
            if imported.startswith("zerolint.__"):  # `from zerolint import __version__`
                continue
            other = stage(target)
            same_package = target.partition(".")[0] == name.partition(".")[0]
            if other is None or (other >= own and not same_package):
                breaches.append(f"{name}:{node.lineno}: imports {imported}")
    return breaches


def rules_import_model_only(modules: Modules) -> list[str]:
    allowed = ("model", "facts", "finding", "rule")
    breaches = []
    for name, tree in modules.items():
        if name.startswith("rules."):
            for node, imported in imports(tree, typing_too=True):
                target = imported.removeprefix("zerolint.")
                if imported != target and not belongs(target, allowed):
                    breaches.append(f"{name}:{node.lineno}: imports {imported}")
    return breaches


def rules_keep_spaces_as_they_are(modules: Modules) -> list[str]:
    """A Space never changes after it is built; so a rule assigns to no attribute of anything."""
    breaches = []
    for name, tree in modules.items():
        if name.startswith("rules."):
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                    breaches.append(f"{name}:{node.lineno}: assigns to {ast.unparse(node)}")
                if isinstance(node, (ast.Global, ast.Nonlocal)):
                    breaches.append(f"{name}:{node.lineno}: is not stateless")
    return breaches


def only_reading_opens(modules: Modules) -> list[str]:
    opening = {"open", "read_text", "read_bytes", "fdopen", "mmap", "input"}
    return [
        f"{name}:{node.lineno}: opens a file with {callee}"
        for name, tree in modules.items()
        if not belongs(name, (*OPENS, *WRITES))
        for node, callee in calls(tree)
        if callee.rpartition(".")[2] in opening
    ]


def only_fixing_and_caching_write(modules: Modules) -> list[str]:
    of_paths = {"write_text", "write_bytes", "touch", "mkdir", "rmdir", "unlink", "symlink_to", "hardlink_to"}
    of_os = {"makedirs", "mkdir", "remove", "unlink", "rmdir", "rename", "replace", "symlink", "link", "truncate"}
    breaches = []
    for name, tree in modules.items():
        if belongs(name, WRITES):
            continue
        for node, imported in imports(tree):
            if within(imported, {"shutil", "tempfile"}):
                breaches.append(f"{name}:{node.lineno}: imports {imported}")
        for node, callee in calls(tree):
            owner, _, method = callee.rpartition(".")
            if method in of_paths or (owner == "os" and method in of_os):
                breaches.append(f"{name}:{node.lineno}: writes with {callee}")
            if method == "open":
                texts = {value.value for value in ast.walk(node) if isinstance(value, ast.Constant)}
                if texts & {mode + more for mode in "wax" for more in ("", "b", "t", "+", "b+")} or "r+" in texts:
                    breaches.append(f"{name}:{node.lineno}: opens for writing")
    return breaches


def only_cli_and_reports_print(modules: Modules) -> list[str]:
    breaches = []
    for name, tree in modules.items():
        if belongs(name, PRINTS):
            continue
        for node in ast.walk(tree):
            shown = ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
            if shown in {"print", "sys.stdout", "sys.stderr", "click.echo", "click.secho", "logging", "warnings.warn"}:
                breaches.append(f"{name}:{getattr(node, 'lineno', 0)}: prints with {shown}")
        for node, imported in imports(tree):
            if within(imported, {"click", "logging"}):
                breaches.append(f"{name}:{node.lineno}: imports {imported}")
    return breaches


def nothing_is_executed(modules: Modules) -> list[str]:
    breaches = []
    for name, tree in modules.items():
        code = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
        if name == "read.parser":
            # What Python's own `dataclasses` writes for the classes of libcst is executed there, when it is needed.
            code -= {"exec", "compile"}
        for node, callee in calls(tree):
            if callee.removeprefix("builtins.") in code:
                breaches.append(f"{name}:{node.lineno}: calls {callee}")
            # Rules and formats of our own package, and rules of installed plug-ins, are found by looking.
            by_name = callee.endswith("import_module") and name not in {"rules", "report"}
            if by_name or callee.endswith(("exec_module", "module_from_spec", "load_module")):
                breaches.append(f"{name}:{node.lineno}: imports by name")
        for node, imported in imports(tree):
            # A process pickles what it tells the one that has started it.
            if within(imported, RUNS_CODE) and (name, imported) != ("workers", "pickle"):
                breaches.append(f"{name}:{node.lineno}: imports {imported}")
    return breaches


def no_network(modules: Modules) -> list[str]:
    return [
        f"{name}:{node.lineno}: imports {imported}"
        for name, tree in modules.items()
        for node, imported in imports(tree)
        if within(imported, NETWORK)
    ]


def facts_are_not_kept(modules: Modules) -> list[str]:
    """Each Space may have a configuration with other facts: none is asked for at import, or by what remembers."""
    breaches = []
    for name, tree in modules.items():
        if not belongs(name, ("model", "rules", "quota")):
            continue
        asked = {node for node, callee in calls(tree) if callee.removeprefix("facts.") == "fact"}
        functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Lambda))]
        in_functions = {inner for function in functions for inner in ast.walk(function)}
        breaches += [f"{name}:{node.lineno}: asks for a fact at import" for node in asked - in_functions]
        for function in functions:
            decorators = [ast.unparse(decorator) for decorator in getattr(function, "decorator_list", ())]
            remembers = any(re.match(r"(functools\.)?(lru_)?cache\b", text) for text in decorators)
            if remembers and asked.intersection(ast.walk(function)):
                breaches.append(f"{name}:{function.lineno}: remembers a fact")
    return breaches


def heavy_modules_are_imported_late(modules: Modules) -> list[str]:
    breaches = []
    for name, tree in modules.items():
        late = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.Lambda))
            for inner in ast.walk(node)
        }
        for node, imported in imports(tree):
            heavy = within(imported, HEAVY) or (within(imported, {"click"}) and name != "cli")
            if belongs(name, SERVER) and within(imported, {"pygls", "lsprotocol"}):
                continue
            if heavy and node not in late:
                breaches.append(f"{name}:{node.lineno}: imports {imported} at the top")
    return breaches


def data_is_frozen(modules: Modules) -> list[str]:
    """What a stage hands on is frozen; what it works with may not be."""
    working = {"read.ignored"}
    breaches = []
    for name, tree in modules.items():
        if name in working or not belongs(name, ("finding", "rule", "read", "facts", "model", "config", "report")):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                for decorator in node.decorator_list:
                    text = ast.unparse(decorator)
                    if text.startswith(("dataclass", "dataclasses.dataclass")) and "frozen=True" not in text:
                        breaches.append(f"{name}:{node.lineno}: {node.name} is not frozen")
    return breaches


def bugs_are_caught_once(modules: Modules) -> list[str]:
    breaches = []
    for name, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and name != "engine":
                caught = {ast.unparse(inner) for inner in ast.walk(node.type)} if node.type else {"BaseException"}
                again = any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
                if caught & {"Exception", "BaseException"} and not again:
                    breaches.append(f"{name}:{node.lineno}: catches everything")
    return breaches


def modules_say_what_they_are(modules: Modules) -> list[str]:
    breaches = [f"{name}: has no docstring" for name, tree in modules.items() if not ast.get_docstring(tree)]
    for name, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name.endswith(("Manager", "Helper", "Utils", "Base")):
                breaches.append(f"{name}:{node.lineno}: a class named {node.name}")
    return breaches


BROKEN: dict[Check, tuple[str, str]] = {
    stages_import_earlier_ones: ("read.source", "def f():\n    from zerolint.model import space"),
    rules_import_model_only: ("rules.one", "from zerolint.rules.two import check"),
    rules_keep_spaces_as_they_are: ("rules.one", "def check(space):\n    space.readme = None"),
    only_reading_opens: ("model.space", "from pathlib import Path\ntext = Path('app.py').read_text()"),
    only_fixing_and_caching_write: ("read.source", "with open('app.py', 'w') as file:\n    pass"),
    only_cli_and_reports_print: ("engine", "import sys\nsys.stderr.write('done')"),
    nothing_is_executed: ("model.values", "value = eval('1 + 1')"),
    no_network: ("facts", "def update():\n    from urllib.request import urlopen"),
    facts_are_not_kept: ("model.space", "@functools.lru_cache(maxsize=1)\ndef size():\n    return fact('gpu.sizes')"),
    heavy_modules_are_imported_late: ("read.python", "import libcst"),
    data_is_frozen: ("model.values", "@dataclass(slots=True)\nclass Value:\n    text: str"),
    bugs_are_caught_once: ("model.space", "try:\n    pass\nexcept Exception:\n    pass"),
    modules_say_what_they_are: ("model.names", "import re"),
}


@pytest.fixture(scope="module")
def package() -> Modules:
    return sources()


@pytest.mark.parametrize("check", BROKEN, ids=lambda check: check.__name__)
def test_the_package_keeps_the_promise(check: Check, package: Modules) -> None:
    assert check(package) == []


@pytest.mark.parametrize("check", BROKEN, ids=lambda check: check.__name__)
def test_a_breach_is_found(check: Check) -> None:
    name, text = BROKEN[check]
    assert check({name: ast.parse(text)})


def test_a_fact_is_not_asked_for_at_import() -> None:
    assert facts_are_not_kept({"rules.one": ast.parse("SIZES = fact('gpu.sizes').value\n")})
    assert not facts_are_not_kept({"rules.one": ast.parse("def check(space):\n    return fact('gpu.sizes').value\n")})


def test_type_checking_imports_run_nothing() -> None:
    text = "if TYPE_CHECKING:\n    import libcst\n    from zerolint.engine import run"
    tree = {"read.python": ast.parse(text)}
    assert heavy_modules_are_imported_late(tree) == stages_import_earlier_ones(tree) == []


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    names = {rule.name for rule in rules.built_in()}
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert names == pages


def test_a_rule_module_is_named_after_its_one_rule() -> None:
    modules = {path.stem for path in (PACKAGE / "rules").glob("*.py")} - {"__init__", "_index"}
    assert modules == {rule.name.replace("-", "_") for rule in rules.built_in()}


def test_codes_and_names_are_used_once() -> None:
    built_in = rules.built_in()
    assert len({rule.code for rule in built_in}) == len({rule.name for rule in built_in}) == len(built_in)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["rules"], ["facts"], ["check", "."]], ids=" ".join)
def test_nothing_heavy_is_imported_where_it_is_not_needed(arguments: list[str], tmp_path: Path) -> None:
    """The last one is a check of a folder that holds Python, and no Space."""
    (tmp_path / "module.py").write_text("import json\n\nprint(json.dumps({}))\n", "utf-8")
    program = (
        "import sys\n"
        "from zerolint.cli import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit as stop:\n"
        "    assert not stop.code, stop.code\n"
        f"print('heavy:', sorted(set(sys.modules) & {HEAVY!r}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "heavy: []"
