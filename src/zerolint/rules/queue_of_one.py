"""A limit on how many calls run at a time, where only one more may wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.facts import fact
from zerolint.finding import Consequence, Edit, Finding, Fix, Note, Span
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.queueing import ShortQueue
    from zerolint.model.space import Space

# A `gr.Server` has no queue of its own to set up.
_BLOCKS = re.compile(r"gradio\.(?:Blocks|Interface|ChatInterface|TabbedInterface)\(\)")
_ORDINALS = {3: "third", 4: "fourth"}


@rule(
    code="ZG064",
    name="queue-of-one",
    summary="A concurrency limit where only one call may wait",
    prevents="Queue is full! Please try again.",
    consequence=Consequence.REQUEST,
    since="0.1.0",
    words=(b"concurrency_limit",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the first limit of the app; what has to be said, is said once."""
    for short in space.short_queues() if fact("gradio.zerogpu_queue_size").value == 1 else ():
        module = short.call.scope.module
        runs = "one call runs" if short.limit == 1 else f"{short.limit} calls run"
        option = space.code(module, short.argument).rstrip(", ")
        notes = [Note(space.span(call.scope.module, argument), "the same here") for call, argument in short.others[:2]]
        yield Finding(
            at=space.span(module, short.argument),
            message=f"With `{option}` {runs} at a time and one may wait: the {_ORDINALS[short.limit + 2]} visitor "
            f"of {short.gpu.spoken} gets `Queue is full`",
            notes=(*notes, *_where(space, short)),
            fix=_fix(space, short),
            facts=("gradio.zerogpu_queue_size",),
        )


def _where(space: Space, short: ShortQueue) -> Iterator[Note]:
    if short.queue is not None and short.queue is not short.call:
        yield Note(space.span(short.queue.scope.module, short.queue.node.func), "this does not say how many may wait")


def _fix(space: Space, short: ShortQueue) -> Fix:
    from zerolint.model.values import External, point_of

    title = "Leave the limit out, or let more of them wait with `queue(max_size=20)`"
    unsafe = "how many may wait is for you to say"
    queue = short.queue
    if queue is not None:
        module, call = queue.scope.module, queue.node
        if not space.round_trips(module, call) or any(
            arg.keyword is not None and arg.keyword.value == "max_size" for arg in call.args
        ):
            return Fix(title)
        if call.args:
            first = space.span(module, call.args[-1].value)
            end = Span(first.path, first.end_line, first.end_column, first.end_line, first.end_column)
            return Fix(title, (Edit(end, ", max_size=20"),), unsafe=unsafe)
        whole = space.span(module, call)
        inside = Span(whole.path, whole.end_line, whole.end_column - 1, whole.end_line, whole.end_column - 1)
        return Fix(title, (Edit(inside, "max_size=20"),), unsafe=unsafe)
    launch = short.launch
    if launch is None or type(launch.node.func).__name__ != "Attribute":
        return Fix(title)
    module, owner = launch.scope.module, launch.node.func.value
    values = space.program.evaluate(owner, point_of(launch))
    is_blocks = any(isinstance(value, External) and _BLOCKS.match(value.path) for value in values)
    if type(owner).__name__ != "Name" or not is_blocks or not space.round_trips(module, launch.node):
        return Fix(title)
    at = space.span(module, owner)
    end = Span(at.path, at.end_line, at.end_column, at.end_line, at.end_column)
    return Fix(title, (Edit(end, ".queue(max_size=20)"),), unsafe=unsafe)
