"""How Gradio caches examples whose function needs a GPU.

The platform sets `GRADIO_CACHE_EXAMPLES=true` and `GRADIO_CACHE_MODE=lazy`; that is what Gradio's documentation says of
ZeroGPU, and not seen from here.
"""

from __future__ import annotations

from typing import Any

from device_api import Answer
from zerogpu import App, ZeroGpu, proves, token_of, until

from zerolint.facts import fact

PLATFORM = {"GRADIO_CACHE_EXAMPLES": "true", "GRADIO_CACHE_MODE": "lazy"}


def clicked(app: App, example: int, visitor: str) -> list[Any]:
    """What each step gives that a browser takes after a click on an example."""
    client = app.client(visitor)
    steps = client.config["dependencies"]
    dataset = next(c["id"] for c in client.config["components"] if c["type"] == "dataset")
    chain = [next(step for step in steps if [dataset, "click"] in [list(target) for target in step["targets"]])]
    while following := [step for step in steps if step["trigger_after"] == chain[-1]["id"]]:
        chain += following
    results: list[Any] = []
    for step in chain:
        given = [example] if step["inputs"] == [dataset] else ["1" if not example else "100"]
        results.append(client.predict(*given, fn_index=step["id"]))
    return results


@proves("eager-example-cache")
def test_an_eager_cache_books_a_gpu_for_each_example_at_the_start(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("eager-example-cache", "Bad", environment=PLATFORM)
    until(lambda: len(app.bookings) == 2)
    assert [(booking.seconds, booking.token) for booking in app.bookings] == [(20, ""), (20, "")]

    app = zerogpu.start_case("eager-example-cache", "Good", environment=PLATFORM)
    client = app.client("alice")
    assert not app.bookings
    assert client.predict("Ada", api_name="/greet") == "Hello Ada"
    assert [booking.token for booking in app.bookings] == [token_of("alice")]


@proves("eager-example-cache")
def test_an_app_does_not_start_when_its_examples_get_no_gpu(zerogpu: ZeroGpu) -> None:
    refusal = Answer(429, {"left": 0, "wait": 60})
    app = zerogpu.start_case("eager-example-cache", "Bad", environment=PLATFORM, answer=refusal)
    assert app.ended() == 1
    assert len(app.bookings) == 1
    assert "Couldn't start the app because" in app.output


@proves("lazy-string-example-cache")
def test_a_text_for_the_cache_is_refused(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("lazy-string-example-cache", "Bad", environment=PLATFORM)
    if int(zerogpu.versions.split()[2].split(".")[0]) >= fact("gradio.without_lazy_text").value:
        assert app.ended() == 1
        assert "ValueError: The `cache_examples` parameter should be either True or False, not lazy" in app.output
    else:
        assert app.client("alice").predict("Ada", api_name="/greet") == "Hello Ada"
        assert "the `cache_examples` parameter will no longer accept a value of 'lazy'" in app.output

    app = zerogpu.start_case("lazy-string-example-cache", "Another text", environment=PLATFORM)
    assert app.ended() == 1
    assert "ValueError: The `cache_examples` parameter should be either True or False, not eager" in app.output

    app = zerogpu.start_case("lazy-string-example-cache", "Good", environment=PLATFORM)
    assert app.client("alice").predict("Ada", api_name="/greet") == "Hello Ada"


@proves("ignored-run-on-click")
def test_a_cached_example_does_not_run_again(zerogpu: ZeroGpu) -> None:
    app = zerogpu.start_case("ignored-run-on-click", "Bad", environment=PLATFORM)
    first, second = clicked(app, 1, "alice"), clicked(app, 1, "bob")
    assert int(first[-1]) >= 100
    assert first[-1] == second[-1]
    assert len(app.bookings) == 1

    app = zerogpu.start_case("ignored-run-on-click", "Good", environment=PLATFORM)
    first, second = clicked(app, 1, "alice"), clicked(app, 1, "bob")
    assert first[-1] != second[-1]
    assert [booking.token for booking in app.bookings] == [token_of("alice"), token_of("bob")]
