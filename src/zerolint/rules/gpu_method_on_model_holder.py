"""A method decorated in its class, so that the object with its model is pickled at each call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Confidence, Consequence, Finding, Fix, Note
from zerolint.model import words
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.holders import GpuMethod
    from zerolint.model.space import Space


@rule(
    code="ZG021",
    name="gpu-method-on-model-holder",
    summary="A decorated method whose `self` holds a model",
    prevents="Zeros for weights: `self` is pickled at each call, and what was put on CUDA at start-up is not in it",
    consequence=Consequence.DATA,
    since="0.1.0",
    words=words.PLACING,
)
def check(space: Space) -> Iterator[Finding]:
    """Report the decorator."""
    for found in space.gpu_methods():
        scope = found.gpu.scope
        assert scope is not None
        packed = found.packed
        certain = packed.is_certain if packed is not None else found.method.name == "__init__"
        yield Finding(
            at=space.span(scope.module, found.gpu.node),
            message=_message(found),
            notes=_notes(space, found),
            fix=Fix(_title(found)),
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
            consequence=None if packed is not None or _is_lost(found) else Consequence.QUOTA,
        )


def _is_lost(found: GpuMethod) -> bool:
    """Whether what the object should hold is set in a worker only."""
    return (
        found.loaded is not None
        and found.loaded.function.name == "__init__"
        and found.packed is None
        and (found.method.name == "__init__" or found.loaded.function.decorations != [])
    )


def _message(found: GpuMethod) -> str:
    name, attribute = found.method.spoken, f"`self.{found.attribute}`" if found.attribute else "`self`"
    if found.method.name == "__init__":
        return f"{name} runs on a copy of `self` in a GPU worker: in the main process {attribute} is never set"
    if found.packed is not None:
        return f"Each call of {name} pickles `self`: the weights in {attribute} are packed and arrive as zeros"
    if _is_lost(found):
        return f"Each call of {name} pickles `self`, whose {attribute} was set on another copy in a GPU worker"
    return f"Each call of {name} pickles `self` with the whole model in {attribute}"


def _title(found: GpuMethod) -> str:
    if found.method.name == "__init__":
        return 'Remove the decorator: load the model at start-up and place it with `.to("cuda")`'
    return f"Wrap the method of the object instead: `x.{found.method.name} = spaces.GPU(x.{found.method.name})`"


def _notes(space: Space, found: GpuMethod) -> tuple[Note, ...]:
    notes: tuple[Note, ...] = ()
    what = f"`self.{found.attribute}`" if found.attribute else "the object"
    if found.packed is not None:
        at = space.span(found.packed.module, found.packed.node)
        notes = (Note(at, f"{what} is put on CUDA here"),)
    elif found.loaded is not None and found.loaded.function is not found.method:
        at = space.span(found.loaded.scope.module, found.loaded.target)
        notes = (Note(at, f"{what} is set here"),)
    assert found.gpu.scope is not None
    here = space.span(found.gpu.scope.module, found.gpu.node)
    return notes + tuple(
        note._replace(shown=False) if note.at == here else note for note in space.route(found.method, most=3)
    )
