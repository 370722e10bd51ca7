"""A text for `cache_examples`, which Gradio no longer takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Edit, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.examples import ExampleSet
    from zerolint.model.space import Space


@rule(
    code="ZG062",
    name="lazy-string-example-cache",
    summary='`cache_examples="lazy"`, which Gradio no longer takes',
    prevents="ValueError: The `cache_examples` parameter should be either True or False, not lazy",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    words=(b"cache_examples",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the text. Where it still works, or the version of Gradio is not known, it is no more than advice."""
    caches = space.text_caches()
    if not caches:
        return
    first_without = fact("gradio.without_lazy_text").value
    version = space.gradio_version
    is_refused = version is not None and version[0] >= first_without
    for examples, text in caches:
        written = f'`cache_examples="{text}"`'
        if text != "lazy":
            message, consequence = f"{written} raises a `ValueError`: it is either `True` or `False`", None
        elif is_refused:
            message, consequence = f"{written} raises a `ValueError` in Gradio {first_without} and later", None
        elif version is None or version[0] >= fact("gradio.cache_mode").value:
            message = f"{written} raises a `ValueError` from Gradio {first_without} on"
            consequence = Consequence.HYGIENE
        else:
            continue
        yield Finding(
            at=space.span(examples.call.scope.module, examples.cache),
            message=message,
            fix=_fix(space, examples, text, is_sure=version is not None),
            consequence=consequence,
            facts=("gradio.without_lazy_text",) if text == "lazy" else (),
        )


def _fix(space: Space, examples: ExampleSet, text: str, is_sure: bool) -> Fix:
    title = 'Write `cache_examples=True, cache_mode="lazy"`'
    module, call = examples.call.scope.module, examples.call.node
    argument = next(argument for argument in call.args if argument.value is examples.cache)
    can_edit = type(examples.cache).__name__ == "SimpleString" and space.round_trips(module, call)
    if text != "lazy" or argument.keyword is None or not can_edit:
        return Fix(title)
    mode = "" if examples.mode is not None else ', cache_mode="lazy"'
    unsafe = None if is_sure else "Gradio 4 does not have `cache_mode`"
    return Fix(title, (Edit(space.span(module, examples.cache), f"True{mode}"),), unsafe=unsafe)
