"""What a call of a GPU function costs a visitor, where its duration and size are written in the code.

What is asked for is booked times a factor of the card; `size="xlarge"` is spared the factor and counts double. The
whole of it has to be left in the visitor's quota before the function runs (`spaces` 0.51.3, zero/client.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zerolint.facts import fact
from zerolint.model.boundary import crosses
from zerolint.model.handlers import HANDLER, Registration
from zerolint.model.options import GpuOptions
from zerolint.model.program import Program
from zerolint.model.syntax import Call, Param, Scope
from zerolint.model.values import Constant, External, Point, point_of
from zerolint.model.wiring import inputs_of
from zerolint.model.written import written_value
from zerolint.records import NamedTuple

if TYPE_CHECKING:
    from zerolint.model.space import Space

_XLARGE = "xlarge"
_DAY = timedelta(days=1)
# Parameters of generating functions that what they do grows with.
_GROWING = frozenset(
    """num_inference_steps num_steps steps sampling_steps inference_steps ddim_steps diffusion_steps n_steps
    max_new_tokens num_frames n_frames frames video_length audio_end_in_s audio_length_in_s""".split()
)
# How many times its smallest value the largest of a slider has to be.
_WIDE = 5


class Booking(NamedTuple):
    """What calls of GPU functions `functions`, for visitors and from outside of workers, book.

    `asked` are the seconds of one call as written, or the default; None when they are not known. `size` is `large` or
    `xlarge`, "" when it is not known.
    """

    options: GpuOptions
    functions: tuple[Scope, ...]
    asked: int | None
    size: str

    @property
    def cost(self) -> int | None:
        """The seconds of quota that one call takes."""
        if self.asked is None or not self.size:
            return None
        return cost(self.asked, self.size)


class Growth(NamedTuple):
    """Parameter `param` of GPU function `function` gets the value of `component`, which a visitor moves between
    `lowest` and `highest` (None: to anything), and `use` is a call whose work grows with it."""

    booking: Booking
    function: Scope
    param: Param
    component: Call
    lowest: float | None
    highest: float | None
    use: Call


def cost(asked: int, size: str) -> int:
    """The seconds of quota that a call takes which asks for so many of a size."""
    factor = fact("quota.xlarge_factor" if size == _XLARGE else "duration.booking_factor").value
    seconds: int = round(asked * factor)
    return seconds


def bookings(space: Space) -> Iterator[Booking]:
    """What is booked for visitors, by file and place of `spaces.GPU`."""
    for options in space.gpu_options():
        if options.is_guess or options.is_hidden or options.surplus:
            continue
        functions = tuple(scope for scope in options.functions if crosses(space.contexts, scope))
        if functions:
            yield Booking(options, functions, _asked(space, options), _size(space, options))


def _asked(space: Space, options: GpuOptions) -> int | None:
    given = options.duration
    if given is None or space.program.constant(given.node, given.point) == Constant(None):
        return int(fact("duration.default_seconds").value)
    written = written_value(space.program, given.node, given.point)
    if isinstance(written, (int, float)) and not isinstance(written, bool) and 1 <= written < _DAY.total_seconds():
        return int(written)
    if isinstance(written, timedelta) and timedelta(seconds=1) <= written < _DAY:
        return written.seconds
    return None


def _size(space: Space, options: GpuOptions) -> str:
    given = options.size
    written = "large" if given is None else written_value(space.program, given.node, given.point)
    return str(written) if written in fact("gpu.sizes").value else ""


def growths(space: Space) -> Iterator[Growth]:
    """For each GPU function with a constant duration, the first input that decides how long a call takes."""
    contexts = space.contexts
    for booking in bookings(space):
        if booking.options.duration is None or booking.asked is None:
            continue
        for function in booking.functions:
            registered = [item for item in contexts.registrations if item.function.scope is function]
            found = next((growth for item in registered for growth in _growth(space, booking, item)), None)
            if found is not None:
                yield found
                break


def _growth(space: Space, booking: Booking, registration: Registration) -> Iterator[Growth]:
    function = registration.function.scope
    if registration.kind != HANDLER:
        return
    for param, slot in inputs_of(space.program, registration):
        values = space.program.evaluate(slot.node, slot.point)
        if len(values) != 1 or not isinstance(values[0], External) or values[0].origin is None:
            continue
        kind, made = values[0].name, values[0].origin
        if kind not in ("Slider", "Number"):
            continue
        lowest, highest = _range(space.program, made, kind)
        if kind == "Slider" and (lowest is None or highest is None or highest < _WIDE * max(lowest, 1)):
            continue
        use = _use(space, function, param)
        if use is not None:
            yield Growth(booking, function, param, made, lowest, highest, use)


def _range(program: Program, made: Call, kind: str) -> tuple[float | None, float | None]:
    found = []
    for place, name in enumerate(("minimum", "maximum")):
        node = program.argument(made, place if kind == "Slider" else -1, name)
        constant = program.constant(node, point_of(made)) if node is not None else None
        is_number = constant is not None and isinstance(constant.value, (int, float))
        found.append(constant.value if constant is not None and is_number else None)
    return found[0], found[1]


def _use(space: Space, function: Scope, param: Param) -> Call | None:
    """The call of a function whose work grows with a parameter, which is handed on as it is."""
    for call in function.calls:
        for argument in call.node.args:
            if argument.keyword is not None and argument.keyword.value in _GROWING:
                if _is_param(space, argument.value, point_of(call), param) and not space.program.is_dead(call.block):
                    return call
    return None


def _is_param(space: Space, node: Any, point: Point, param: Param) -> bool:
    """`steps` or `int(steps)`, not bound anew."""
    if type(node).__name__ == "Call" and getattr(node.func, "value", "") == "int" and len(node.args) == 1:
        node = node.args[0].value
    if type(node).__name__ != "Name" or node.value != param.name:
        return False
    bindings = space.program.bindings(node.value, point)
    return len(bindings) == 1 and bindings[0].kind == "param"
