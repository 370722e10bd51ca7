"""Front matter that names an app file which is not there, or is no Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerolint.finding import Consequence, Edit, Finding, Fix
from zerolint.rule import rule

if TYPE_CHECKING:
    from zerolint.model.space import Space


@rule(
    code="ZG076",
    name="missing-app-file",
    summary="An `app_file` that is not in the Space, or is not Python",
    prevents="The Space has the stage NO_APP_FILE and never starts",
    consequence=Consequence.STARTUP,
    since="0.1.0",
    listed=(b"sdk:",),
)
def check(space: Space) -> Iterator[Finding]:
    """Report the value, or the front matter where the default `app.py` is not there."""
    from zerolint.model.app_files import lost_app

    app = lost_app(space)
    if app is None or space.readme is None:
        return
    if app.outside:
        message = f"`{app.path}` is outside the Space: `app_file` is a path from its root"
    elif not app.is_python:
        message = f"`{app.path}` is not Python, and the Space starts it with Python"
    else:
        message = f"`{app.path}` is what the Space starts, and there is no such file"
    if app.entry is None:
        yield Finding(
            at=space.readme.opening,
            message=message,
            fix=Fix(f"Add `app_file: {app.meant}`, or name the app `app.py`"),
        )
        return
    fix = Fix("Name the file that launches the app, as a path from the root of the Space")
    if app.meant:
        unsafe = None if app.is_near else "another file may be the app"
        fix = Fix(f"Write `app_file: {app.meant}`", (Edit(app.entry.value_span, app.meant),), unsafe=unsafe)
    yield Finding(at=app.entry.value_span, message=message, fix=fix)
