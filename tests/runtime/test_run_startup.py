"""What `spaces` reports when an app starts, and what keeps it from doing so."""

from __future__ import annotations

import socket
import urllib.request

import pytest
from zerogpu import App, ZeroGpu, case, proves

from page_cases import apply_fixes, built_in_rules, judge_of
from zerolint.facts import fact


def answered(zerogpu: ZeroGpu, app: App) -> tuple[str, int, int]:
    """What the app answers, how often it has reported that it is up, and how many GPUs its answer took.

    It reports in `launch`, before it is served.
    """
    answer = app.client("alice").predict("hello", api_name="/shout")
    return answer, zerogpu.api.count("/startup-report"), len(app.bookings)


def on_free_port(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files of an app that names the port of the platform, with one that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1]).encode()
    assert any(b"port=7860" in content for content in files.values())
    return {path: content.replace(b"port=7860", b"port=" + port) for path, content in files.items()}


@proves("no-gpu-function")
def test_an_app_without_a_gpu_function_does_not_report(zerogpu: ZeroGpu) -> None:
    bad = case("no-gpu-function", "An app that needs no GPU")
    assert answered(zerogpu, zerogpu.start_alone(bad)) == ("HELLO", 0, 0)
    mended = apply_fixes(bad, judge_of(built_in_rules()["no-gpu-function"]), unsafe=True)
    assert answered(zerogpu, zerogpu.start_alone(mended)) == ("HELLO", 1, 0)


@proves("no-gpu-function")
def test_what_counts_is_decorated_before_the_launch(zerogpu: ZeroGpu) -> None:
    expected = {
        "`spaces` is imported, and nothing is decorated": ("HELLO", 0, 0),
        "Decorated when a visitor comes": ("HELLO", 0, 1),
        "A GPU function that does nothing": ("HELLO", 1, 0),
        "A helper that is decorated": ("HELLO!", 1, 1),
    }
    for heading, outcome in expected.items():
        assert answered(zerogpu, zerogpu.start_case("no-gpu-function", heading)) == outcome, heading


@proves("startup-bypassed")
def test_an_app_that_is_not_launched_does_not_report(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start(on_free_port(case("startup-bypassed", "Mounted on FastAPI")))
    assert answered(zerogpu, app) == ("HELLO", 0, 1)
    assert health(app) == '"up"'
    app = zerogpu.start_case("startup-bypassed", "Routes added to a launched app")
    assert answered(zerogpu, app) == ("HELLO", 1, 1)
    assert health(app) == '"up"'


@proves("startup-bypassed")
def test_a_server_has_to_be_launched(zerogpu: ZeroGpu) -> None:
    version = tuple(int(part) for part in zerogpu.versions.split()[2].split("."))
    if version < tuple(int(part) for part in fact("gradio.server").value.split(".")):
        app = zerogpu.start_case("startup-bypassed", "A server that is launched")
        assert app.ended() == 1
        assert "module 'gradio' has no attribute 'Server'" in app.output
        return
    app = zerogpu.start_case("startup-bypassed", "A server that is launched")
    assert answered(zerogpu, app) == ("HELLO", 1, 1)
    assert health(app) == '"up"'


def health(app: App) -> str:
    """What the app's own route answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{app.address}/health", timeout=5) as answer:
        return str(answer.read().decode())


@proves("spaces-imported-late")
def test_an_app_that_imports_spaces_late_does_not_report(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_alone(case("spaces-imported-late", "Imported by the handler"))
    assert answered(zerogpu, app) == ("HELLO", 0, 1)
    app = zerogpu.start_alone(case("spaces-imported-late", "Imported below the launch"))
    assert answered(zerogpu, app) == ("HELLO", 0, 0)
    app = zerogpu.start_alone(case("spaces-imported-late", "Imported first"))
    assert answered(zerogpu, app) == ("HELLO", 1, 1)


@proves("shadowed-module")
@pytest.mark.parametrize(
    ("heading", "error"),
    [
        ("A file named after the package", "AttributeError: module 'spaces' has no attribute 'GPU'"),
        ("Gradio", "ModuleNotFoundError: No module named 'gradio.context'; 'gradio' is not a package"),
        ("PyTorch", "AttributeError: module 'torch' has no attribute '__version__'"),
    ],
)
def test_a_file_that_hides_a_package_stops_the_app(zerogpu: ZeroGpu, heading: str, error: str) -> None:
    app = zerogpu.start_alone(case("shadowed-module", heading))
    assert app.ended() == 1
    assert error in app.output


@proves("shadowed-module")
def test_what_hides_the_package_quietly(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_alone(case("shadowed-module", "A stand-in for the package"))
    assert answered(zerogpu, app) == ("HELLO", 0, 0)
    app = zerogpu.start_alone(case("shadowed-module", "A folder without `__init__.py`"))
    assert answered(zerogpu, app) == ("HELLO", 1, 1)
    app = zerogpu.start_case("shadowed-module", "Another name")
    assert answered(zerogpu, app) == ("HELLOshout", 1, 1)
