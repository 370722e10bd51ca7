"""In which process and thread a function runs, told for every way to call, wrap and register it that Spaces use.

Each case is a heading with the answer for the function `f` and the code of the app below it. `BLOCKS` stands for an app
with two buttons and a text box; `h` is registered where nothing is launched. `#- name.py` begins another file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from zerolint.model import syntax
from zerolint.model.contexts import Context
from zerolint.model.space import Space

HEAD = """import functools, os, threading
from functools import partial
import gradio as gr
import spaces
import torch

def f(x=None):
    return x

"""
BLOCKS = "with gr.Blocks() as demo:\n    b = gr.Button(); c = gr.Button(); t = gr.Textbox()"

CALLED = """
#: a method that calls another -> handler
class A:
    def m(self, x): return self.n(x)
    def n(self, x): return f(x)
a = A()
def h(x): return a.m(x)

#: an instance in the function that builds the app -> handler
class A:
    def m(self, x): return f(x)
def main():
    a = A()
    def h(x): return a.m(x)
    gr.Interface(h, "text", "text").launch()
main()

#: an instance that `__init__` puts into another -> handler
class W:
    def run(self, x): return f(x)
class A:
    def __init__(self): self.w = W()
    def m(self, x): return self.w.run(x)
a = A()
def h(x): return a.m(x)

#: a function that `__init__` keeps -> handler
class A:
    def __init__(self, fn): self.fn = fn
    def m(self, x): return self.fn(x)
a = A(f)
def h(x): return a.m(x)

#: a lambda that `__init__` keeps, by keyword -> handler
class A:
    def __init__(self, fn=None):
        self.fn = fn or (lambda x: x)
    def m(self, x): return self.fn(x)
a = A(fn=lambda x: f(x))
def h(x): return a.m(x)

#: a function in a dataclass -> handler
from dataclasses import dataclass
from typing import Callable
@dataclass
class A:
    fn: Callable
    name: str = ""
a = A(f)
def h(x): return a.fn(x)

#: a function in a NamedTuple -> handler
from typing import NamedTuple
class A(NamedTuple):
    fn: object
    name: str = ""
a = A(fn=f)
def h(x): return a.fn(x)

#: functools.partial -> handler
g = partial(f, 1)
def h(x): return g()

#: functools.partial in the handler -> handler
def h(x):
    g = functools.partial(f, x=1)
    return g()

#: a lambda with a name -> handler
g = lambda x: f(x)
def h(x): return g(x)

#: a lambda that is called at once -> handler
def h(x): return (lambda y: f(y))(x)

#: a dict of functions -> handler
TABLE = {"a": f, "b": len}
def h(x): return TABLE[x](x)

#: a dict of functions and `.get` -> handler
TABLE = {"a": f, "b": len}
def h(x): return TABLE.get(x)(x)

#: the default of `.get` -> handler
TABLE = {"b": len}
def h(x): return TABLE.get(x, f)(x)

#: another literal key -> nowhere
TABLE = {"a": f, "b": len}
def h(x): return TABLE["b"](x)

#: another literal key and `.get` -> nowhere
TABLE = {"a": f, "b": len}
def h(x): return TABLE.get("b")(x)

#: a lambda in a dict -> handler
TABLE = {"a": lambda x: f(x)}
def h(x): return TABLE["a"](x)

#: `dict(a=...)` -> handler
TABLE = dict(a=f, b=len)
def h(x): return TABLE["a"](x)

#: another key of `dict(...)` -> nowhere
TABLE = dict(a=f, b=len)
def h(x): return TABLE["b"](x)

#: a function that is put into a dict -> handler
TABLE = {}
TABLE["a"] = f
def h(x): return TABLE[x](x)

#: another key of a dict that was filled -> nowhere
TABLE = {}
TABLE["a"] = f
TABLE["b"] = len
def h(x): return TABLE["b"](x)

#: a long dict -> handler
def g(x): return x
TABLE = {"k0": g, "k1": g, "k2": g, "k3": g, "k4": g, "k5": g,
    "k6": g, "k7": g, "k8": g, "k9": g, "k10": g, "k11": g, "a": f}
def h(x): return TABLE[x](x)

#: a dict of methods -> handler
class A:
    def __init__(self): self.t = {"a": self.n}
    def n(self, x): return f(x)
    def m(self, x): return self.t[x](x)
a = A()
def h(x): return a.m(x)

#: a tuple in a dict -> handler
TABLE = {"a": (f, 1)}
def h(x):
    g, n = TABLE[x]
    return g(n)

#: a dict in a dict -> handler
TABLE = {"a": {"fn": f, "n": len}}
def h(x):
    return TABLE[x]["fn"](x)

#: another key of a dict in a dict -> nowhere
TABLE = {"a": {"fn": f, "n": len}}
def h(x):
    return TABLE[x]["n"](x)

#: a loop over the values of a dict -> handler
TABLE = {"a": f}
def h(x):
    for g in TABLE.values(): x = g(x)
    return x

#: a loop over the items of a dict -> handler
TABLE = {"a": f}
def h(x):
    for k, g in TABLE.items(): x = g(x)
    return x

#: a loop over a tuple -> handler
def h(x):
    for g in (f, len): x = g(x)
    return x

#: functions that are appended to a list -> handler
STEPS = []
STEPS.append(f)
def h(x):
    for step in STEPS: x = step(x)
    return x

#: pairs that a decorator appends to a list -> handler
STEPS = []
def step(name):
    def deco(fn):
        STEPS.append((name, fn))
        return fn
    return deco
@step("a")
def g(x): return f(x)
def h(x):
    for name, one in STEPS: x = one(x)
    return x

#: a list that stays empty -> nowhere
STEPS = []
OTHERS = []
OTHERS.append(f)
def h(x):
    for step in STEPS: x = step(x)
    return x

#: a registry that a decorator fills -> handler
STEPS = {}
def register(name):
    def deco(fn):
        STEPS[name] = fn
        return fn
    return deco
@register("a")
def step(x): return f(x)
def h(x): return STEPS[x](x)

#: a decorator of the Space that runs it -> handler
def logged(fn):
    @functools.wraps(fn)
    def inner(*a, **k):
        f()
        return fn(*a, **k)
    return inner
@logged
def h(x): return x

#: under a decorator of the Space -> handler
def logged(fn):
    @functools.wraps(fn)
    def inner(*a, **k):
        return fn(*a, **k)
    return inner
@logged
def h(x): return f(x)

#: a decorated function that is called -> handler
def logged(fn):
    def inner(*a, **k):
        return fn(*a, **k)
    return inner
@logged
def g(x): return f(x)
def h(x): return g(x)

#: a decorator with arguments that runs it -> handler
def logged(level):
    def deco(fn):
        def inner(*a, **k):
            f()
            return fn(*a, **k)
        return inner
    return deco
@logged(1)
def h(x): return x

#: under a class that decorates -> handler
class Logged:
    def __init__(self, fn): self.fn = fn
    def __call__(self, x): return self.fn(x)
@Logged
def g(x): return f(x)
def h(x): return g(x)

#: a decorator used by hand -> handler
def logged(fn):
    def inner(*a, **k):
        f()
        return fn(*a, **k)
    return inner
def h(x): return x
h = logged(h)

#: the decorator of a method -> handler
def logged(fn):
    def inner(self, *a):
        f()
        return fn(self, *a)
    return inner
class A:
    @logged
    def m(self, x): return x
a = A()
def h(x): return a.m(x)

#: under a decorator of a library -> handler
import functools
@functools.lru_cache(None)
def g(x): return f(x)
def h(x): return g(x)

#: under a decorator of torch -> handler
@torch.inference_mode()
def g(x): return f(x)
def h(x): return g(x)

#: a closure that is called -> handler
def make():
    def inner(x): return f(x)
    return inner
g = make()
def h(x): return g(x)

#: a closure that is registered -> handler
def make():
    def inner(x): return f(x)
    return inner
gr.Interface(make(), "text", "text").launch()

#: a closure over a function -> handler
def make(fn):
    def inner(x): return fn(x)
    return inner
gr.Interface(make(f), "text", "text").launch()

#: a closure out of a tuple -> handler
def make():
    def inner(x): return f(x)
    return inner, 1
g, n = make()
def h(x): return g(x)

#: a closure out of a dict -> handler
def make():
    def inner(x): return f(x)
    return {"run": inner}
t = make()
def h(x): return t["run"](x)

#: `yield from` -> handler
def g(x): yield f(x)
def h(x): yield from g(x)

#: a generator in a loop -> handler
def g(x): yield f(x)
def h(x):
    for y in g(x): yield y

#: a context manager from a generator -> handler
import contextlib
@contextlib.contextmanager
def g():
    f()
    yield 1
def h(x):
    with g() as y: return y

#: `__enter__` -> handler
class A:
    def __enter__(self): f(); return self
    def __exit__(self, *a): pass
def h(x):
    with A() as y: return x

#: `__exit__` -> handler
class A:
    def __enter__(self): return self
    def __exit__(self, *a): f()
def h(x):
    with A() as y: return x

#: a property -> handler
class A:
    @property
    def p(self): return f()
a = A()
def h(x): return str(a.p)

#: a cached property -> handler
class A:
    @functools.cached_property
    def p(self): return f()
a = A()
def h(x): return str(a.p)

#: `super()` -> handler
class P:
    def m(self, x): return f(x)
class A(P):
    def m(self, x): return super().m(x)
a = A()
def h(x): return a.m(x)

#: an abstract method -> handler
class P:
    def m(self, x): return self.n(x)
    def n(self, x): raise NotImplementedError
class A(P):
    def n(self, x): return f(x)
a = A()
def h(x): return a.m(x)

#: the method of a subclass that is not made -> nowhere
class P:
    def m(self, x): return self.n(x)
    def n(self, x): return x
class A(P):
    def n(self, x): return f(x)
a = P()
def h(x): return a.m(x)

#: an instance out of a class method -> handler
class A:
    @classmethod
    def make(cls): return cls()
    def m(self, x): return f(x)
a = A.make()
def h(x): return a.m(x)

#: a static method -> handler
class A:
    @staticmethod
    def m(x): return f(x)
def h(x): return A.m(x)

#: a singleton on the class -> handler
class A:
    _one = None
    @classmethod
    def get(cls):
        if cls._one is None: cls._one = cls()
        return cls._one
    def m(self, x): return f(x)
def h(x): return A.get().m(x)

#: an instance made on demand -> handler
class A:
    def m(self, x): return f(x)
_a = None
def get():
    global _a
    if _a is None: _a = A()
    return _a
def h(x): return get().m(x)

#: an instance that is put into a dict -> handler
class A:
    def m(self, x): return f(x)
STATE = {"a": None}
STATE["a"] = A()
def h(x): return STATE["a"].m(x)

#: an annotated parameter -> handler
class A:
    def m(self, x): return f(x)
def h(a: A, x): return a.m(x)

#: an instance that is passed on -> handler
class A:
    def m(self, x): return f(x)
def g(a, x): return a.m(x)
A1 = A()
def h(x): return g(A1, x)

#: a function that is passed on -> handler
def g(fn, x): return fn(x)
def h(x): return g(f, x)

#: a function that is passed on before a star -> handler
def g(fn, *a): return fn(*a)
def h(x): return g(f, x)

#: `getattr` with a literal -> handler
class A:
    def m(self, x): return f(x)
a = A()
def h(x): return getattr(a, "m")(x)

#: `map` -> handler
def h(x): return list(map(f, x))

#: the key of `sorted` -> handler
def h(x): return sorted(x, key=f)

#: the second operand of `and` -> handler
def h(x): return x and f(x)

#: a function chosen by `if` -> handler
def h(x): return (f if x else len)(x)

#: the default of a parameter -> handler
def h(x):
    def g(fn=f): return fn(x)
    return g()

#: a walrus -> handler
def h(x):
    if (g := f): return g(x)

#: `await` -> handler
async def g(x): return f(x)
async def h(x): return await g(x)

#: `asyncio.run` -> handler
import asyncio
async def g(x): return f(x)
def h(x): return asyncio.run(g(x))

#: `asyncio.gather` -> handler
import asyncio
async def g(x): return f(x)
async def h(x): return await asyncio.gather(*[g(x) for _ in x])

#: an object of the Space in a list of callbacks -> handler
from transformers import StoppingCriteria
class S(StoppingCriteria):
    def __call__(self, ids, s): return f(ids)
def h(x): return model.generate(stopping_criteria=[S()])

#: a function in a list of callbacks -> handler
def h(x): return pipe(x, callbacks=[f])

#: a callback by keyword -> handler
def h(x): return pipe(x, callback=f)

#: a partial as a callback -> handler
def h(x): return pipe(x, callback=partial(f, 1))

#: a thread -> thread
def h(x): threading.Thread(target=f).start()

#: a subclass of Thread -> thread
class W(threading.Thread):
    def run(self): f()
def h(x): W().start()

#: a lambda in a thread -> thread
def h(x): threading.Thread(target=lambda: f(x)).start()

#: a thread that start-up starts -> thread
threading.Thread(target=f, daemon=True).start()
def h(x): return x

#: under `__main__` -> handler
def main():
    gr.Interface(f, "text", "text").launch()
if __name__ == "__main__":
    main()

#: called under `__main__` -> import
if __name__ == "__main__":
    f()
def h(x): return x

#: under `__main__` in a module that is imported -> nowhere
import other
def h(x): return x
#- other.py
import spaces
from app import f
if __name__ == "__main__":
    f()

#: called at module level -> import
f()
def h(x): return x

#: an import in a handler -> handler
def h(x):
    import other
    return other.g(x)
#- other.py
def g(x): return f(x)
def f(x): return x

#: after a return under a constant -> nowhere
FLAG = True
def h(x):
    if FLAG: return x
    return f(x)

#: `while False` -> nowhere
def h(x):
    while False: f(x)
    return x

#: after `raise` -> nowhere
def h(x):
    raise ValueError
    f(x)

#: the branches of a constant -> nowhere
MODE = "a"
def h(x):
    if MODE == "a": return x
    elif MODE == "b": return f(x)
    else: return f(x)
"""

WRAPPED = """
#: the decorator -> gpu
@spaces.GPU
def h(x): return f(x)

#: wrapped by assignment -> gpu
def g(x): return f(x)
h = spaces.GPU(g)

#: a partial of the decorator -> gpu
gpu = partial(spaces.GPU, duration=60)
@gpu
def h(x): return f(x)

#: a partial of the decorator that is called -> gpu
gpu = partial(spaces.GPU, duration=60)
@gpu()
def h(x): return f(x)

#: an alias chosen by SPACES_ZERO_GPU -> gpu
gpu = spaces.GPU if os.getenv("SPACES_ZERO_GPU") else (lambda fn: fn)
@gpu
def h(x): return f(x)

#: an alias in `try` -> gpu
try:
    import spaces
    gpu = spaces.GPU
except ImportError:
    def gpu(fn): return fn
@gpu
def h(x): return f(x)

#: `importlib.import_module` -> gpu
import importlib
sp = importlib.import_module("spaces")
@sp.GPU(duration=9)
def h(x): return f(x)

#: `__import__` -> gpu
sp = __import__("spaces")
@sp.GPU(duration=9)
def h(x): return f(x)

#: `getattr` with None -> gpu
GPU = getattr(spaces, "GPU", None)
@GPU
def h(x): return f(x)

#: `getattr` with a stand-in -> gpu
GPU = getattr(spaces, "GPU", lambda fn: fn)
@GPU
def h(x): return f(x)

#: a function that gives the decorator -> gpu
def gpu(duration):
    return spaces.GPU(duration=duration)
@gpu(60)
def h(x): return f(x)

#: a decorator that wraps -> gpu
def gpu(fn):
    return spaces.GPU(duration=60)(fn)
@gpu
def h(x): return f(x)

#: a decorator factory -> gpu
def gpu(duration=60):
    def deco(fn):
        return spaces.GPU(duration=duration)(fn)
    return deco
@gpu(9)
def h(x): return f(x)

#: a decorator with a decorated wrapper -> gpu
def gpu(fn):
    @spaces.GPU(duration=60)
    @functools.wraps(fn)
    def inner(*a, **k): return fn(*a, **k)
    return inner
@gpu
def h(x): return f(x)

#: a decorator factory that wraps its wrapper -> gpu
def gpu(duration):
    def deco(fn):
        @functools.wraps(fn)
        def inner(*a, **k): return fn(*a, **k)
        return spaces.GPU(duration=duration)(inner)
    return deco
@gpu(9)
def h(x): return f(x)

#: a wrapper that decorates at each call -> gpu
def gpu(fn):
    @functools.wraps(fn)
    def inner(*a, **k):
        return spaces.GPU(duration=60)(fn)(*a, **k)
    return inner
@gpu
def h(x): return f(x)

#: a decorator that asks for SPACES_ZERO_GPU -> gpu
ZERO = os.environ.get("SPACES_ZERO_GPU") is not None
def maybe(fn):
    if ZERO: return spaces.GPU(fn)
    return fn
@maybe
def h(x): return f(x)

#: `bool` of SPACES_ZERO_GPU -> gpu
ZERO = bool(os.environ.get("SPACES_ZERO_GPU"))
def maybe(fn):
    return spaces.GPU(fn) if ZERO else fn
@maybe
def h(x): return f(x)

#: SPACES_ZERO_GPU in the environment -> gpu
ZERO = "SPACES_ZERO_GPU" in os.environ
if ZERO:
    gpu = spaces.GPU
else:
    gpu = lambda fn: fn
@gpu
def h(x): return f(x)

#: a method -> gpu
class A:
    @spaces.GPU
    def m(self, x): return f(x)
a = A()
def h(x): return a.m(x)

#: a method wrapped on its object -> gpu
class A:
    def m(self, x): return f(x)
a = A()
a.m = spaces.GPU(a.m)
def h(x): return a.m(x)

#: a method wrapped by `setattr` -> gpu
class A:
    def m(self, x): return f(x)
a = A()
setattr(a, "m", spaces.GPU(a.m))
def h(x): return a.m(x)

#: a method wrapped on its class -> gpu
class A:
    def m(self, x): return f(x)
A.m = spaces.GPU(A.m)
a = A()
def h(x): return a.m(x)

#: a lambda -> gpu
h = spaces.GPU(lambda x: f(x))

#: a method wrapped in `__init__` -> gpu
class A:
    def __init__(self): self.run = spaces.GPU(self._run, duration=9)
    def _run(self, x): return f(x)
a = A()
def h(x): return a.run(x)

#: wrapped in a dict -> gpu
RUN = {"a": spaces.GPU(f)}
def h(x): return RUN[x](x)

#: wrapped in a loop over a dict -> gpu
def g(x): return f(x)
RUN = {}
for name, fn in {"a": g}.items():
    RUN[name] = spaces.GPU(fn)
def h(x): return RUN[x](x)

#: wrapped in a comprehension -> gpu
def g(x): return f(x)
RUN = {d: spaces.GPU(duration=d)(g) for d in (30, 60)}
def h(x): return RUN[x](x)

#: decorated in a handler -> gpu
def h(x):
    @spaces.GPU
    def g(y): return f(y)
    return g(x)

#: a decorator from another module -> gpu
from wrap import gpu
@gpu(60)
def h(x): return f(x)
#- wrap.py
import spaces
def gpu(d):
    return spaces.GPU(duration=d)

#: an application with options in another module -> gpu
import wrap
@wrap.gpu
def h(x): return f(x)
#- wrap.py
try:
    import spaces
    gpu = spaces.GPU(duration=60)
except ImportError:
    gpu = lambda fn: fn

#: a factory with `find_spec` in another module -> gpu
from wrap import maybe as gpu
@gpu(duration=60)
def h(x): return f(x)
#- wrap.py
import importlib, os
HAS = importlib.util.find_spec("spaces") is not None
if HAS:
    spaces = importlib.import_module("spaces")
def maybe(**k):
    if HAS:
        return spaces.GPU(**k)
    return lambda fn: fn

#: a partial in another module -> gpu
from wrap import gpu
@gpu
def h(x): return f(x)
#- wrap.py
from functools import partial
from spaces import GPU
gpu = partial(GPU, duration=90)

#: through the stars of a package -> gpu
from tools import gpu
@gpu
def h(x): return f(x)
#- tools/__init__.py
from .wrap import *
#- tools/wrap.py
import spaces
gpu = spaces.GPU(duration=60)

#: a function made by another module, registered -> gpu
from wrap import make
h = make(f)
#- wrap.py
import spaces
def make(fn):
    @spaces.GPU(duration=9)
    def run(x): return fn(x)
    return run

#: a function made by another module, called -> gpu
from wrap import make
run = make(f)
def h(x): return run(x)
#- wrap.py
import spaces
def make(fn):
    @spaces.GPU(duration=9)
    def run(x): return fn(x)
    return run

#: a class that decorates -> gpu
class Gpu:
    def __init__(self, duration): self.d = duration
    def __call__(self, fn): return spaces.GPU(duration=self.d)(fn)
@Gpu(60)
def h(x): return f(x)

#: a static method that decorates -> gpu
class Hw:
    @staticmethod
    def gpu(fn): return spaces.GPU(fn)
@Hw.gpu
def h(x): return f(x)

#: decorators in a dict -> gpu
GPU = {"long": spaces.GPU(duration=120), "short": spaces.GPU(duration=20)}
@GPU["long"]
def h(x): return f(x)

#: None when the import fails -> gpu
GPU = None
try:
    from spaces import GPU
except Exception: pass
def deco(fn): return GPU(fn) if GPU else fn
@deco
def h(x): return f(x)

#: `hasattr` -> gpu
GPU = spaces.GPU if hasattr(spaces, "GPU") else (lambda fn: fn)
@GPU
def h(x): return f(x)

#: defined under SPACE_ID -> gpu
if os.environ.get("SPACE_ID"):
    @spaces.GPU
    def h(x): return f(x)
else:
    def h(x): return f(x)

#: defined under SYSTEM -> gpu
if os.environ.get("SYSTEM") == "spaces":
    @spaces.GPU
    def h(x): return f(x)
else:
    def h(x): return f(x)

#: an alias under a variable that defaults to true -> gpu
if os.getenv("ZEROGPU", "true").lower() in ("1", "true", "yes"):
    gpu = spaces.GPU
else:
    def gpu(fn): return fn
@gpu
def h(x): return f(x)

#: a decorator that a constant flag turns off -> handler
USE = False
def gpu(fn): return spaces.GPU(fn) if USE else fn
@gpu
def h(x): return f(x)

#: under `functools.wraps` -> gpu
@functools.wraps(f)
@spaces.GPU
def h(x): return f(x)

#: under a decorator of the Space, with the work inside -> gpu
def logged(fn):
    @functools.wraps(fn)
    def inner(*a, **k): return fn(*a, **k)
    return inner
@logged
@spaces.GPU
def h(x): return f(x)

#: a decorator of the Space below it -> gpu
def logged(fn):
    @functools.wraps(fn)
    def inner(*a, **k): f(); return fn(*a, **k)
    return inner
@spaces.GPU
@logged
def h(x): return x

#: a decorator of the Space above it -> handler
def logged(fn):
    @functools.wraps(fn)
    def inner(*a, **k): f(); return fn(*a, **k)
    return inner
@logged
@spaces.GPU
def h(x): return x
"""

REGISTERED = """
#: pairs in a loop -> handler
BLOCKS
    for btn, fn in [(b, f), (c, len)]:
        btn.click(fn, t, t)

#: pairs in a loop, with the function alone -> handler
BLOCKS
    for btn, fn in [(b, f), (c, len)]:
        btn.click(fn)

#: pairs in a variable -> handler
BLOCKS
    pairs = ((b, f), (c, len))
    for btn, fn in pairs:
        btn.click(fn, t, t)

#: the items of a dict display -> handler
BLOCKS
    for name, fn in {"a": f, "b": len}.items():
        gr.Button(name).click(fn, t, t)

#: the items of a dict -> handler
TABLE = {"a": f}
BLOCKS
    for name, fn in TABLE.items():
        gr.Button(name).click(fn, t, t)

#: the values of a dict -> handler
BLOCKS
    for fn in {"a": f, "b": len}.values():
        b.click(fn, t, t)

#: `zip` -> handler
BLOCKS
    for btn, fn in zip([b, c], [f, len]):
        btn.click(fn, t, t)

#: `enumerate` -> handler
BLOCKS
    for i, fn in enumerate([f, len]):
        b.click(fn, t, t)

#: the sorted items of a dict -> handler
TABLE = {"a": f}
BLOCKS
    for name, fn in sorted(TABLE.items()):
        gr.Button(name).click(fn, t, t)

#: a partial in a loop -> handler
BLOCKS
    for i in range(3):
        b.click(partial(f, i), t, t)

#: a lambda in a loop -> handler
BLOCKS
    for i in range(3):
        b.click(lambda x, i=i: f(i), t, t)

#: a dict of dicts in a loop -> handler
TABS = {"a": {"fn": f}}
BLOCKS
    for name, tab in TABS.items():
        b.click(tab["fn"], t, t)

#: closures in a loop -> handler
def make(i):
    def inner(x): return f(i)
    return inner
BLOCKS
    for i in range(3):
        b.click(make(i), t, t)

#: many pairs -> handler
def g(x): return x
BLOCKS
    for btn, fn in [(b, g), (b, g), (b, g), (b, g), (b, g), (b, g),
                    (b, g), (b, g), (b, g), (b, g), (b, g), (b, g),
                    (c, f)]:
        btn.click(fn, t, t)

#: a comprehension -> handler
BLOCKS
    [btn.click(fn, t, t) for btn, fn in [(b, f)]]

#: a helper -> handler
def bind(btn, fn): btn.click(fn)
BLOCKS
    bind(b, f)

#: a helper with inputs -> handler
def bind(btn, fn, i, o): btn.click(fn, inputs=i, outputs=o)
BLOCKS
    bind(b, f, t, t)

#: a helper with keywords -> handler
def bind(btn, *, fn, **kw): return btn.click(fn=fn, **kw)
BLOCKS
    bind(b, fn=f, inputs=t)

#: a helper in another module -> handler
from ui import bind
BLOCKS
    bind(b, f)
#- ui.py
def bind(btn, fn):
    btn.click(fn)

#: a helper of another module -> handler
import ui
BLOCKS
    ui.bind(b, f, t)
#- ui.py
import gradio as gr
def bind(btn, fn, t):
    btn.click(fn, t, t)

#: an app built in another module -> handler
from ui import build
build(f).launch()
#- ui.py
import gradio as gr
def build(generate):
    with gr.Blocks() as demo:
        b = gr.Button()
        b.click(generate, None, None)
    return demo

#: an app built in another module from a dict -> handler
from ui import build
build({"run": f}).launch()
#- ui.py
import gradio as gr
def build(fns):
    with gr.Blocks() as demo:
        b = gr.Button()
        b.click(fns["run"], None, None)
    return demo

#: an app built by a class -> handler
class UI:
    def __init__(self, fn): self.fn = fn
    def build(self):
        with gr.Blocks() as demo:
            b = gr.Button()
            b.click(self.fn, None, None)
        return demo
UI(f).build().launch()

#: a method of the class that builds the app -> handler
class UI:
    def __init__(self):
        with gr.Blocks() as self.demo:
            self.b = gr.Button()
            self.events()
    def events(self):
        self.b.click(self.run, None, None)
    def run(self, x): return f(x)
UI().demo.launch()

#: keywords from `dict(...)` -> handler
BLOCKS
    args = dict(fn=f, inputs=t, outputs=t)
    b.click(**args)

#: keywords from a dict display -> handler
BLOCKS
    args = {"fn": f, "inputs": t, "outputs": t}
    b.click(**args)
    gr.on([t.submit], **args)

#: an Interface of keywords -> handler
cfg = {"fn": f, "inputs": "text", "outputs": "text"}
gr.Interface(**cfg).launch()

#: a listener with a name -> handler
BLOCKS
    on_click = b.click
    on_click(f, t, t)

#: listeners in a loop -> handler
BLOCKS
    for trigger in (b.click, t.submit):
        trigger(f, t, t)

#: a chain built in a loop -> handler
BLOCKS
    e = b.click(len, t, t)
    for fn in (f, len): e = e.then(fn, t, t)

#: a step out of a list -> handler
BLOCKS
    steps = [f]
    b.click(len).then(steps[0], t, t)

#: `gr.on` in a helper -> handler
def run_all(triggers, fn): gr.on(triggers, fn)
BLOCKS
    run_all([b.click], f)

#: components in a dict -> handler
def ui():
    return {"b": gr.Button(), "t": gr.Textbox()}
with gr.Blocks() as demo:
    parts = ui()
    parts["b"].click(f, parts["t"], parts["t"])
"""


def cases(text: str) -> Iterator[object]:
    for part in text.split("#: ")[1:]:
        heading, _, code = part.partition("\n")
        title, _, expected = heading.rpartition(" -> ")
        files = re.split(r"(?m)^#- (.+)\n", code.replace("BLOCKS", BLOCKS))
        launch = "" if "launch()" in code or "BLOCKS" in code else 'gr.Interface(h, "text", "text").launch()\n'
        others = dict(zip(files[1::2], files[2::2], strict=True))
        yield pytest.param({"app.py": HEAD + files[0] + launch, **others}, expected, id=title)


def contexts_of(space: Space, name: str) -> set[Context]:
    """Where the functions of a name run, in all modules that are read."""
    space.contexts.reached(Context.IMPORT)
    return {
        context
        for module in space.program.loaded
        for scope in module.scopes
        if scope.kind == syntax.FUNCTION and scope.name == name
        for context in space.contexts.of(scope)
    }


@pytest.mark.parametrize(("files", "expected"), [*cases(CALLED), *cases(WRAPPED), *cases(REGISTERED)])
def test_where_a_function_runs(files: dict[str, str], expected: str) -> None:
    space = Space({path: text.encode() for path, text in files.items()}, target="zerogpu")
    assert contexts_of(space, "f") == {context for context in Context if context.value in expected}
