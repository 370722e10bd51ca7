"""Which models and tensors does start-up code put on CUDA? The platform packs them away when the app launches.

In the main process `spaces` emulates CUDA for the main thread: what module level places there becomes a stand-in, whose
data is packed when the app launches and comes back in a GPU worker only. Anywhere else it reads as zeros.

A value is followed from its use back to where it was placed, through names, imports, attributes of objects made at
start-up, literal containers, arguments, and the functions that start-up code calls. Nothing is answered for what a
visitor's request places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from zerolint.model import syntax
from zerolint.model.contexts import Context, Contexts
from zerolint.model.devices import Device, Devices, Kind
from zerolint.model.program import SELF_RETURNING, Program, definition_of
from zerolint.model.syntax import Binding, Block, Call, Module, Scope, Store
from zerolint.model.values import (
    Class,
    Constant,
    Container,
    External,
    Function,
    Instance,
    Package,
    Parameter,
    Point,
    Value,
    point_of,
)
from zerolint.records import NamedTuple

_DEEPEST = 30
_MOST_ELEMENTS = 30
# Blocks that surely run when what is around them does.
_SURE = frozenset({syntax.WITH, syntax.TRY})
_TORCH_MODULES = ("torch.nn.Module", "torch.nn.modules.module.Module", "pytorch_lightning.LightningModule")
# Parts of a pipeline or model that are models themselves and move with it; from the documentation of diffusers and
# transformers.
_PARTS = frozenset(
    """unet vae transformer transformer_2 text_encoder text_encoder_2 text_encoder_3 image_encoder controlnet model
    module encoder decoder vision_model language_model visual image_projection prior vocoder""".split()
)
# Methods after which a pipeline of diffusers is no longer on CUDA as a whole.
_OFFLOADING = frozenset({"enable_model_cpu_offload", "enable_sequential_cpu_offload"})
# Functions of libraries that give a model, when they are told a device: `whisper.load_model("base", device="cuda")`.
_MAKERS = r"(?:load|build|create|init|get)_?(?:\w+_)?(?:model|pipeline|predictor|detector)?\w*|pipeline"
# Names of classes that take a device and are not placed there.
_NO_MODEL = r"Generator|Processor|Tokenizer|FeatureExtractor|Scheduler|Config|Accelerator|Event|Stream"
_COPIES = frozenset({"copy.copy", "copy.deepcopy", "torch.compile", "torch.nn.DataParallel", "torch.jit.script"})


class What(Enum):
    """What was put on CUDA. A pipeline is a model."""

    MODEL = "model"
    TENSOR = "tensor"


class Packed(NamedTuple):
    """Something that start-up code put on CUDA.

    `node` of `module` is the call that did: `model.to("cuda")`, `pipeline(..., device=0)`. `is_certain` is False when
    it may be somewhere else on some way, or when the object placed is not known.
    """

    module: Module
    node: Any
    what: What
    is_certain: bool


class Held(NamedTuple):
    """An attribute of the objects of a class, `attribute`, that holds `packed`."""

    attribute: str
    packed: Packed


class Placements:
    """Answers about one Space, each worked out once."""

    def __init__(self, program: Program, contexts: Contexts, devices: Devices, mentions_cuda: bool) -> None:
        self._program = program
        self._contexts = contexts
        self._devices = devices
        # Nothing is looked for in a Space without a word of CUDA.
        self.mentions_cuda = mentions_cuda
        self._known: dict[tuple[int, bool], Packed | None] = {}
        self._active: set[tuple[int, bool]] = set()
        self._names: dict[tuple[str, str], Packed | None] = {}
        self._attributes: dict[tuple[Scope, str, bool], Packed | None] = {}
        # The calls that move something, by what they are called on; `_indexed` modules had been read then.
        self._movers: dict[str, list[Call]] = {}
        self._indexed = 0
        self._importing: set[tuple[str, str]] = set()
        self._starting: dict[Scope, bool] = {}
        self._cuts = 0
        self._depth = 0

    # Questions.

    def packed(self, node: Any, point: Point) -> Packed | None:
        """Where start-up code put the value of an expression on CUDA; None when it did not, or that is not known."""
        if not self.mentions_cuda or not self._may_be_packed(node, point.scope):
            return None
        return self._find(node, point, False)

    def _may_be_packed(self, node: Any, scope: Scope) -> bool:
        """Whether an expression starts with a name that can stand for more than what a library defines."""
        kind = type(node).__name__
        while kind in ("Attribute", "Subscript", "Call"):
            node = node.func if kind == "Call" else node.value
            kind = type(node).__name__
        if kind != "Name":
            return True
        owner = self._program.owner(node.value, scope)
        if owner is None:
            return any(item.name == "*" for item in scope.module.imports)
        path = scope.module.path
        return any(
            binding.kind != "import" or self._program.find(binding.value[0], path) is not None
            for binding in owner.names[node.value]
        )

    def held(self, cls: Scope) -> Iterator[Held]:
        """The attributes of the objects of a class that hold something packed, by place; containers count."""
        if not self.mentions_cuda:
            return
        names: dict[str, None] = {}
        for ancestor in self._program.ancestors(cls):
            for name in self._program.attribute_stores(ancestor):
                names.setdefault(name)
        for name in names:
            found = self._attribute_of_class(cls, name, inside=True)
            if found is not None:
                yield Held(name, found)

    def inside(self, node: Any, point: Point) -> Packed | None:
        """Something packed that the value of an expression is or holds: in a container, or in an attribute of an
        object of the Space."""
        found = self.packed(node, point)
        if found is not None or not self.mentions_cuda:
            return found
        for value in self._program.evaluate(node, point):
            found = self._inside_value(value)
            if found is not None:
                return found
        return None

    def starts(self, scope: Scope) -> bool:
        """Whether start-up code in the main thread runs a function: module level, and what it calls."""
        frame = scope.frame
        while frame.kind == syntax.CLASS and frame.parent is not None:
            frame = frame.parent.frame
        if frame.kind == syntax.MODULE:
            return True
        if frame.kind != syntax.FUNCTION or frame in self._contexts.gpu:
            return False
        known = self._starting.get(frame)
        if known is None:
            self._starting[frame] = False  # asked again while it is worked out
            program = self._program
            calls = [call for call, _ in program.callers(frame)]
            known = any(self.starts(call.function) for call in calls)
            if not known and frame not in program.registered and program.is_passed_on(frame):
                # `fire.Fire(main)`: handed to something that runs it at start-up.
                known = self._contexts.in_context(frame, Context.IMPORT)
            self._starting[frame] = known
        return known

    def only_starts(self, scope: Scope) -> bool:
        """Whether a function runs at start-up and for no visitor."""
        return not self._contexts.is_per_request(scope) and self.starts(scope)

    # Expressions. `started` tells that the expression was evaluated by start-up code whatever else runs its function.

    def _find(self, node: Any, point: Point, started: bool) -> Packed | None:
        handler = _HANDLERS.get(type(node).__name__)
        if handler is None:
            return None
        key = (id(node), started)
        if key in self._known:
            return self._known[key]
        if key in self._active or self._depth > _DEEPEST:
            self._cuts += 1
            return None
        self._active.add(key)
        self._depth += 1
        cuts = self._cuts
        try:
            found: Packed | None = handler(self, node, point, started)
        finally:
            self._depth -= 1
            self._active.discard(key)
        if self._cuts == cuts or not self._depth:
            self._known[key] = found
        return found

    def _is_started(self, point: Point, started: bool) -> bool:
        return started or self.only_starts(point.scope)

    def _all(self, parts: Iterable[Packed | None]) -> Packed | None:
        """One of several values, packed when all are."""
        found: Packed | None = None
        for part in parts:
            if part is None:
                return None
            if found is None:
                found = part
            elif not part.is_certain:
                found = found._replace(is_certain=False)
        return found

    def _is_none(self, node: Any, point: Point) -> bool:
        return node is not None and self._program.constant(node, point) == Constant(None)

    # Names.

    def _name(self, node: Any, point: Point, started: bool) -> Packed | None:
        name = node.value
        owner = self._program.owner(name, point.scope)
        if owner is None:
            return self._starred(name, point.scope.module)
        if owner.frame is point.scope.frame:
            return self._named(name, owner, point, started, True)
        if owner.kind == syntax.MODULE:
            return self._of_module(owner.module, name)
        return self._named(name, owner, point, started, False)

    def _named(self, name: str, owner: Scope, point: Point, started: bool, own: bool) -> Packed | None:
        """What a name of `owner` stands for at a point; `own` tells that the point is in the code of `owner`."""
        at_start = owner.kind == syntax.MODULE or (started and own)
        # `pipe = None` stands for having none, as after an error.
        bindings = [
            binding
            for binding in self._program.bindings(name, point)
            if binding.kind not in ("assign", "named")
            or binding.path
            or not self._is_none(binding.value, Point(binding.scope, binding.block, binding.order))
        ]
        if not bindings:
            return None
        found = self._all(self._bound(binding, at_start) for binding in bindings)
        return self._moved(name, owner, point if own else None, bindings, found, at_start)

    def _bound(self, binding: Binding, started: bool) -> Packed | None:
        kind = binding.kind
        point = Point(binding.scope, binding.block, binding.order)
        if binding.outside:
            # Set by a function through `global`: at start-up, or when a visitor asks.
            started = self.only_starts(binding.scope)
        if kind in ("assign", "named"):
            return self._part(binding.value, binding.path, point, started)
        if kind == "import":
            module, name = binding.value
            return self._imported(module, name, binding.scope.module)
        if kind == "param":
            return self._parameter(binding, started)
        if kind == "for" and not binding.path and type(binding.value).__name__ in ("List", "Tuple"):
            return self._all(self._find(element.value, point, started) for element in binding.value.elements)
        return None

    def _part(self, node: Any, path: tuple[int, ...], point: Point, started: bool) -> Packed | None:
        """One part of an unpacked value."""
        if not path:
            return self._find(node, point, started)
        kind = type(node).__name__
        if kind in ("Tuple", "List"):
            elements = node.elements
            if not 0 <= path[0] < len(elements) or any(type(e).__name__ == "StarredElement" for e in elements):
                return None
            return self._part(elements[path[0]].value, path[1:], point, started)
        if kind == "Call":
            functions = self._own_functions(node, point)
            if functions:
                return self._all(
                    self._part(result.value, path, point_of(result), started or self._is_started(point, started))
                    for result in self._results(functions)
                )
            if path == (0,):
                # `model, preprocess = clip.load("ViT-B/32", device="cuda")`
                found = self._find(node, point, started)
                return found._replace(is_certain=False) if found is not None else None
        return None

    def _imported(self, module: str, name: str, importer: Module) -> Packed | None:
        path = self._program.find(module, importer.path)
        file = self._program.file_of(path) if path is not None and name else None
        found = self._program.module(file) if file is not None else None
        return self._of_module(found, name) if found is not None else None

    def _of_module(self, module: Module, name: str) -> Packed | None:
        """What a name stands for when a module has been imported."""
        key = (module.path, name)
        if key in self._names:
            return self._names[key]
        if key in self._importing or self._depth > _DEEPEST:
            self._cuts += 1
            return None
        cuts = self._cuts
        self._importing.add(key)
        self._depth += 1
        try:
            if name in module.root.names:
                found = self._named(name, module.root, self._program.at_end(module), True, False)
            else:
                found = self._starred(name, module)
        finally:
            self._importing.discard(key)
            self._depth -= 1
        if self._cuts == cuts or not self._depth:
            self._names[key] = found
        return found

    def _starred(self, name: str, module: Module) -> Packed | None:
        """A name that `from module import *` brings."""
        for item in module.imports:
            path = self._program.find(item.module, module.path) if item.name == "*" else None
            file = self._program.file_of(path) if path is not None else None
            other = self._program.module(file) if file is not None else None
            if other is not None and other is not module and name in other.root.names:
                return self._of_module(other, name)
        return None

    def _parameter(self, binding: Binding, started: bool) -> Packed | None:
        """What every caller passes. What is passed to a GPU function is a copy, and no longer what was packed."""
        function, param = binding.scope, binding.value
        program = self._program
        if param.star or function in self._contexts.gpu or function.kind == syntax.LAMBDA:
            return None
        parts: list[Packed | None] = []
        if function in program.registered:
            for registration in self._contexts.registrations:
                if registration.function.scope is not function:
                    continue
                # `button.click(partial(answer, model), ...)`; else the visitor passes it.
                partial = registration.function.partial
                kind, expression = program._passed(partial, param, -1) if partial is not None else ("unknown", None)
                if partial is None or kind != "given":
                    return None
                parts.append(self._find(expression, point_of(partial), False))
            return self._all(parts) if parts and not program.callers(function) else None
        for call, target in program.callers(function):
            if started and not self.starts(call.function):
                continue
            kind, expression = program.argument_of(call, target, param)
            if kind == "unknown" or expression is None:
                return None
            where = point_of(call) if kind == "given" else definition_of(function)
            parts.append(self._find(expression, where, started and kind == "given"))
        return self._all(parts) if parts else None

    # Moving in place.

    def _moved(
        self,
        name: str,
        owner: Scope,
        point: Point | None,
        bindings: list[Binding],
        found: Packed | None,
        started: bool,
    ) -> Packed | None:
        """What statements like `model.to("cuda")` do to what a name stands for; a tensor is not moved by them."""
        if found is not None and found.what is What.TENSOR:
            return found
        for call, is_loop in self._moves(name, owner):
            if point is not None and call.scope.frame is point.scope.frame and call.order >= point.order:
                continue
            if not (started and call.function is owner) and not self.only_starts(call.function):
                continue
            if call.function is not owner and owner.kind != syntax.MODULE:
                continue
            if point is None and any(b.order > call.order and b.scope is call.function for b in bindings):
                continue  # replaced since
            method = call.node.func.attr.value
            target = None if method in _OFFLOADING else self._target(call)
            if target is Device.CUDA:
                if found is None and not all(self._may_be_model(b) for b in bindings):
                    return None
                if found is None:
                    is_certain = self._surely_runs(call.block) and all(self._is_model(b) for b in bindings)
                    found = Packed(call.scope.module, call.node, What.MODEL, is_certain and not is_loop)
            elif target is Device.CPU or method in _OFFLOADING:
                found = None
        return found

    def _moves(self, name: str, owner: Scope) -> list[tuple[Call, bool]]:
        """The calls that move what a name stands for, by their place; True for those through a loop's name."""
        found: list[tuple[Call, bool]] = []
        for call in self._moving(f"{owner.module.path}:{name}"):
            receiver = _start_of_chain(call.node.func).value
            where = self._program.owner(receiver, call.scope)
            if where is None or self._program.is_dead(call.block):
                continue
            if receiver == name and where is owner:
                found.append((call, False))
            elif receiver != name and self._loops_over(receiver, where, name):
                found.append((call, True))
        return sorted(found, key=lambda item: item[0].order)

    def _moving(self, key: str) -> list[Call]:
        """The calls of `.to()` and the like on an attribute `.name`, or in a file on a name `path:name`, by a list with
        that name too."""
        if self._indexed != self._program.read_count:
            self._indexed = self._program.read_count
            self._movers.clear()
            for method in ("to", "cuda", "cpu", *_OFFLOADING):
                for call in self._program.calls_named(method):
                    receiver = _start_of_chain(call.node.func)
                    if type(receiver).__name__ == "Attribute":
                        self._movers.setdefault(f".{receiver.attr.value}", []).append(call)
                    elif type(receiver).__name__ == "Name":
                        for name in {receiver.value, *self._listed(receiver.value, call.scope)}:
                            self._movers.setdefault(f"{call.scope.module.path}:{name}", []).append(call)
        return self._movers.get(key, [])

    def _listed(self, variable: str, scope: Scope) -> Iterator[str]:
        """The names in the list that a loop's name goes over."""
        owner = self._program.owner(variable, scope)
        for binding in owner.names[variable] if owner is not None else ():
            if binding.kind == "for" and type(binding.value).__name__ in ("List", "Tuple"):
                for element in binding.value.elements:
                    if type(element.value).__name__ == "Name":
                        yield element.value.value

    def _loops_over(self, variable: str, scope: Scope, name: str) -> bool:
        """Whether a name stands for one after the other of a list with another name in it."""
        return any(
            binding.kind == "for"
            and not binding.path
            and type(binding.value).__name__ in ("List", "Tuple")
            and any(_is_name(element.value, name) for element in binding.value.elements)
            for binding in scope.names.get(variable, ())
        )

    def _surely_runs(self, block: Block | None) -> bool:
        """Whether code in a block runs whenever its function does."""
        for one in syntax.blocks_of(block):
            if one.kind == syntax.IF:
                where = Point(one.scope, one.parent, one.order)
                if self._program.decide(one.node, where) is not one.branch:
                    return False
            elif one.kind not in _SURE:
                return False
        return True

    def _may_be_model(self, binding: Binding) -> bool:
        """Whether a name can stand for a model: it is bound to no tensor and to nothing plain."""
        if binding.kind not in ("assign", "named") or binding.path:
            return binding.kind in ("assign", "import")
        place = self._devices.place(binding.value, Point(binding.scope, binding.block, binding.order))
        return place is None or place.kind is Kind.MODULE or place.kind is Kind.MOVED

    def _is_model(self, binding: Binding) -> bool:
        """Whether a name surely stands for a model or a pipeline."""
        if binding.kind not in ("assign", "named") or binding.path:
            return False
        return self.makes_model(binding.value, Point(binding.scope, binding.block, binding.order))

    def makes_model(self, node: Any, point: Point) -> bool:
        """Whether an expression surely gives a model or a pipeline, wherever that is."""
        values = self._expanded(node, point)
        return bool(values) and all(self._is_model_value(value) for value in values)

    def _is_model_value(self, value: Value) -> bool:
        if isinstance(value, External):
            maker = value.path.removesuffix("()")
            while maker.rpartition(".")[2] in SELF_RETURNING and maker.endswith(f".{maker.rpartition('.')[2]}"):
                maker = maker.rpartition(".")[0].removesuffix("()")
            if maker == value.path:
                return False  # nothing was called
            package, _, name = maker.rpartition(".")
            if name in ("from_pretrained", "from_single_file", "from_config"):
                return re.search(_NO_MODEL, package.rpartition(".")[2]) is None
            return maker == "transformers.pipeline" or package.startswith(("torch.nn", "torchvision.models"))
        if isinstance(value, Instance):
            return self._is_torch_module(value.cls)
        return False

    def _is_torch_module(self, cls: Scope) -> bool:
        return any(
            base in _TORCH_MODULES or base.rpartition(".")[2] in ("PreTrainedModel", "ModelMixin", "DiffusionPipeline")
            for base in self._program.external_bases(cls)
        )

    def _target(self, call: Call) -> Device | None:
        """Where `.to(...)`, `.cuda()` or `.cpu()` puts something; None also when only the type changes."""
        found = self._devices._target(call, None)
        if found is not None or call.node.func.attr.value != "to":
            return found
        given = next((a.value for a in call.node.args if a.keyword is None or a.keyword.value == "device"), None)
        return self._where(given, point_of(call)) if given is not None else None

    def _where(self, node: Any, point: Point) -> Device | None:
        """The device that an expression names, also when the callers of the function say it."""
        found = self._devices.where(node, point)
        if found is not None:
            return found
        places = {self._device_of(value) for value in self._expanded(node, point) if value != Constant(None)}
        return places.pop() if len(places) == 1 else None

    def _expanded(self, node: Any, point: Point) -> list[Value]:
        """What an expression can stand for, with what the known callers pass in place of parameters."""
        found: list[Value] = []
        for value in self._program.evaluate(node, point):
            found.extend(self._program.expand(value) if isinstance(value, Parameter) else (value,))
        return found

    def _device_of(self, value: Value) -> Device | None:
        if isinstance(value, Constant) and isinstance(value.value, str):
            name = value.value.partition(":")[0]
            return Device.CUDA if name == "cuda" else Device.CPU if name == "cpu" else None
        if isinstance(value, External) and value.path == "accelerate.Accelerator().device":
            return Device.CUDA  # it asks `torch.cuda.is_available()`
        if isinstance(value, External) and value.path == "torch.device()" and value.origin is not None:
            arguments = value.origin.node.args
            return self._where(arguments[0].value, point_of(value.origin)) if arguments else None
        return None

    # Attributes and containers.

    def _attribute(self, node: Any, point: Point, started: bool) -> Packed | None:
        program = self._program
        name = node.attr.value
        values = program.evaluate(node.value, point)
        if values and all(isinstance(value, Package) for value in values):
            return self._all(self._of_package(value, name) for value in values if isinstance(value, Package))
        instances = [value for value in values if isinstance(value, Instance)]
        if instances and all(isinstance(v, (Instance, Class)) or v == Constant(None) for v in values):
            found = self._all(self._attribute_of_class(value.cls, name, inside=False) for value in instances)
            if found is not None:
                return found
            found = self._all(self._stored_outside(node, value.cls, name) for value in instances)
            if found is not None:
                return found
        elif values and all(isinstance(value, Class) for value in values):
            return self._all(
                self._attribute_of_class(value.scope, name, inside=False)
                for value in values
                if isinstance(value, Class)
            )
        if name not in _PARTS:
            return None
        whole = self._find(node.value, point, started)
        return whole if whole is not None and whole.what is What.MODEL else None

    def _of_package(self, value: Package, name: str) -> Packed | None:
        file = self._program.file_of(value.path)
        module = self._program.module(file) if file is not None else None
        return self._of_module(module, name) if module is not None else None

    def _attribute_of_class(self, cls: Scope, name: str, *, inside: bool) -> Packed | None:
        """What start-up code puts into an attribute of the objects of a class, which it makes."""
        key = (cls, name, inside)
        if key not in self._attributes:
            cuts = self._cuts
            found = self._find_attribute(cls, name, inside)
            if self._cuts != cuts and self._depth:
                return found
            self._attributes[key] = found
        return self._attributes[key]

    def _find_attribute(self, cls: Scope, name: str, inside: bool) -> Packed | None:
        program = self._program
        ancestors = program.ancestors(cls)
        stores = [
            store
            for ancestor in ancestors
            for store in program.attribute_stores(ancestor).get(name, ())
            if store.value is not None
            and not program.is_dead(store.block)
            and not (not store.path and self._is_none(store.value, point_of(store)))
        ]
        parts: list[Packed | None] = []
        is_certain = True
        for store in stores:
            if not self._at_start(store.function):
                parts.append(None)
                continue
            is_certain = is_certain and not self._contexts.is_per_request(store.function)
            part = self._part(store.value, store.path, point_of(store), True)
            if part is None and inside and not store.path:
                part = self._inside_display(store.value, point_of(store), True)
            parts.append(part)
        if not parts and not inside:
            for ancestor in ancestors:
                for binding in ancestor.names.get(name, ()):
                    parts.append(self._bound(binding, True) if binding.kind == "assign" else None)
        found = self._all(parts)
        if found is not None and found.what is What.TENSOR:
            return found if is_certain else found._replace(is_certain=False)
        for call in self._moves_of_attribute(ancestors, name):
            target = None if call.node.func.attr.value in _OFFLOADING else self._target(call)
            if target is Device.CUDA and found is None and stores:
                if not all(self._may_hold_model(store) for store in stores):
                    return None
                models = all(not s.path and self.makes_model(s.value, point_of(s)) for s in stores)
                surely = self._surely_runs(call.block) and models
                found = Packed(call.scope.module, call.node, What.MODEL, surely)
            elif target is Device.CPU or call.node.func.attr.value in _OFFLOADING:
                found = None
        if found is not None and not is_certain:
            found = found._replace(is_certain=False)
        return found

    def _at_start(self, function: Scope) -> bool:
        """Whether start-up code runs a method, so that what it stores is there when the app launches."""
        return self.starts(function)

    def _may_hold_model(self, store: Store) -> bool:
        if store.path:
            return True
        place = self._devices.place(store.value, point_of(store))
        return place is None or place.kind is Kind.MODULE or place.kind is Kind.MOVED

    def _moves_of_attribute(self, ancestors: list[Scope], name: str) -> list[Call]:
        """The calls at start-up that move what an attribute of the objects of a class holds."""
        found: list[Call] = []
        for call in self._moving(f".{name}"):
            if self._program.is_dead(call.block) or not self.only_starts(call.function):
                continue
            values = self._program.evaluate(_start_of_chain(call.node.func).value, point_of(call))
            if any(isinstance(v, Instance) and (v.cls in ancestors or _has(ancestors, v.cls)) for v in values):
                found.append(call)
        return sorted(found, key=lambda call: (call.function.module.path, call.order))

    def _stored_outside(self, node: Any, cls: Scope, name: str) -> Packed | None:
        """`engine.model = Model().to("cuda")` at module level."""
        parts: list[Packed | None] = []
        for store in self._program.stores_of(name):
            if store.kind != "assign" or self._program.is_dead(store.block):
                continue
            values = self._program.evaluate(store.target.value, point_of(store))
            if not any(isinstance(value, Instance) and value.cls is cls for value in values):
                continue
            if store.value is None or not self.only_starts(store.function):
                return None
            parts.append(self._part(store.value, store.path, point_of(store), True))
        return self._all(parts) if parts else None

    def _subscript(self, node: Any, point: Point, started: bool) -> Packed | None:
        program = self._program
        index = node.slice[0].slice
        if len(node.slice) != 1 or type(index).__name__ != "Index":
            return None
        constant = program.constant(index.value, point)
        parts: list[Packed | None] = []
        for value in program.evaluate(node.value, point):
            if not isinstance(value, Container):
                whole = self._find(node.value, point, started)
                return whole if whole is not None and whole.what is What.TENSOR else None
            entries = self._entries(node.value, value, point)
            if entries is None:
                return None
            if constant is not None:
                chosen = [entry for entry in entries if entry[0] == constant.value]
                if chosen:
                    entries = chosen[-1:]
                elif all(entry[0] is not None for entry in entries):
                    return None
            parts.extend(self._find(entry, where, at_start) for _, entry, where, at_start in entries)
        return self._all(parts) if parts else None

    def _entries(self, node: Any, value: Container, point: Point) -> list[tuple[Any, Any, Point, bool]] | None:
        """The keys and values of a literal dict or list that start-up code makes and fills; None when unknown."""
        program = self._program
        kind = type(value.node).__name__
        if kind not in ("Dict", "List", "Tuple") or len(value.node.elements) > _MOST_ELEMENTS:
            return None
        at_start = self._is_started(value.point, False)
        found: list[tuple[Any, Any, Point, bool]] = []
        for position, element in enumerate(value.node.elements):
            if type(element).__name__ == "DictElement":
                key = program.constant(element.key, value.point)
                found.append((key.value if key is not None else None, element.value, value.point, at_start))
            elif kind == "Dict" or type(element).__name__ == "StarredElement":
                return None
            else:
                found.append((position, element.value, value.point, at_start))
        if type(node).__name__ == "Name":
            owner = program.owner(node.value, point.scope)
            for scope in owner.module.scopes if owner is not None else ():
                for store in scope.stores:
                    target = store.target
                    if type(target).__name__ != "Subscript" or not _is_name(target.value, node.value):
                        continue
                    if program.owner(node.value, store.scope) is not owner or store.value is None:
                        continue
                    inner = target.slice[0].slice
                    made = program.constant(inner.value, point_of(store)) if type(inner).__name__ == "Index" else None
                    started = self.only_starts(store.function)
                    found.append((made.value if made is not None else None, store.value, point_of(store), started))
        return found

    def _inside_display(self, node: Any, point: Point, started: bool) -> Packed | None:
        """Something packed in a written container."""
        if type(node).__name__ not in ("Dict", "List", "Tuple", "Set") or len(node.elements) > _MOST_ELEMENTS:
            return None
        for element in node.elements:
            found = self._find(element.value, point, started) or self._inside_display(element.value, point, started)
            if found is not None:
                return found
        return None

    def _inside_value(self, value: Value) -> Packed | None:
        if isinstance(value, Container):
            return self._inside_display(value.node, value.point, self._is_started(value.point, False))
        if isinstance(value, Instance):
            return next((held.packed for held in self.held(value.cls)), None)
        return None

    def _either(self, node: Any, point: Point, started: bool) -> Packed | None:
        decided = self._program.decide(node.test, point)
        if decided is not None:
            return self._find(node.body if decided else node.orelse, point, started)
        return self._all([self._find(node.body, point, started), self._find(node.orelse, point, started)])

    def _named_expression(self, node: Any, point: Point, started: bool) -> Packed | None:
        return self._find(node.value, point, started)

    def _computed(self, node: Any, point: Point, started: bool) -> Packed | None:
        """A tensor that start-up code computes of tensors on CUDA."""
        if not self._is_started(point, started):
            return None
        place = self._devices.place(node, point)
        if place is None or place.device is not Device.CUDA or place.kind not in (Kind.TENSOR, Kind.TENSORS):
            return None
        return Packed(point.scope.module, node, What.TENSOR, True)

    # Calls.

    def _call(self, node: Any, point: Point, started: bool) -> Packed | None:
        call = point.scope.module.calls.get(id(node))
        if call is None:
            return None
        function = node.func
        if type(function).__name__ == "Attribute":
            method = function.attr.value
            if method in ("to", "cuda", "cpu"):
                return self._placed(call, point, started)
            if method in SELF_RETURNING:
                return self._find(function.value, point, started)
        functions = self._own_functions(node, point)
        if functions:
            inherited = self._is_started(point, started)
            results = list(self._results(functions))
            return self._all(self._find(result.value, point_of(result), inherited) for result in results)
        for value in self._program.evaluate(function, point):
            if not isinstance(value, External):
                return None
            found = self._made(value.path, call, point, started)
            if found is not None:
                return found
        return self._computed(node, point, started)

    def _placed(self, call: Call, point: Point, started: bool) -> Packed | None:
        """`something.to("cuda")`: packed when start-up code does it, or when it was packed already."""
        receiver = call.node.func.value
        target = self._target(call)
        if target is Device.CPU:
            return None
        if target is Device.CUDA and self._is_started(point, started):
            place = self._devices.place(receiver, point)
            if place is not None and place.kind in (Kind.TENSOR, Kind.TENSORS):
                return Packed(point.scope.module, call.node, What.TENSOR, True)
            if place is not None and place.kind not in (Kind.MODULE, Kind.MOVED):
                return None
            return Packed(point.scope.module, call.node, What.MODEL, self.makes_model(receiver, point))
        if target is None and call.node.args and not self._changes_type(call):
            return None
        return self._find(receiver, point, started)

    def _changes_type(self, call: Call) -> bool:
        """`.to(torch.float16)` and `.to(dtype=...)`, which leave everything where it is."""
        for argument in call.node.args:
            if argument.keyword is not None:
                if argument.keyword.value == "device":
                    return False
                continue
            values = self._program.evaluate(argument.value, point_of(call))
            if not values or not all(isinstance(v, External) and re.fullmatch(_TYPES, v.path) for v in values):
                return False
        return True

    def _own_functions(self, node: Any, point: Point) -> list[Function]:
        """The functions of the Space that a call runs, when it runs nothing else and none of them in a worker."""
        values = self._program.evaluate(node.func, point)
        if not values or not all(isinstance(value, Function) and value.gpu is None for value in values):
            return []
        return [value for value in values if isinstance(value, Function)]

    def _results(self, functions: list[Function]) -> Iterator[syntax.Result]:
        for function in functions:
            if function.scope.is_generator:
                continue
            for result in function.scope.returns:
                if result.value is None or self._program.is_dead(result.block):
                    continue
                if not self._is_none(result.value, point_of(result)):
                    yield result

    def _made(self, path: str, call: Call, point: Point, started: bool) -> Packed | None:
        """A model or tensor that a library makes on CUDA, or one that takes over a packed one."""
        package, _, name = path.rpartition(".")
        arguments = call.node.args
        keywords = {a.keyword.value: a.value for a in arguments if a.keyword is not None}
        if path in _COPIES or name == "from_pretrained":
            # `PeftModel.from_pretrained(model, adapter)` wraps the model.
            first = next((a.value for a in arguments if a.keyword is None and not a.star), None)
            found = self._find(first, point, started) if first is not None else None
            if found is not None:
                return found
        module = point.scope.module
        if path == "torch.load":
            device = keywords.get("map_location")
            if device is not None and self._where(device, point) is Device.CUDA and self._is_started(point, started):
                return Packed(module, call.node, What.TENSOR, False)
            return None
        if package == "torch" or package.startswith(("torch.cuda", "torch.fft", "torch.nn.functional")):
            return None  # `_computed` knows
        is_class = name[:1].isupper() and re.search(_NO_MODEL, name) is None
        known = name in ("from_pretrained", "from_single_file") or path == "transformers.pipeline"
        if name == "from_pretrained" and re.search(_NO_MODEL, package.rpartition(".")[2]):
            return None
        for keyword in ("device_map", "device"):
            device = keywords.get(keyword)
            if device is None or not (known or is_class or re.fullmatch(_MAKERS, name)):
                continue
            constant = self._program.constant(device, point)
            automatic = keyword == "device_map" and constant is not None and constant.value == "auto"
            if automatic or self._where(device, point) is Device.CUDA or _is_index(constant):
                if self._is_started(point, started):
                    return Packed(module, call.node, What.MODEL, known and not automatic)
                return None
        if is_class or path == "transformers.pipeline":
            # `SamPredictor(sam)`: what is given a model holds it.
            for argument in arguments:
                if type(argument.value).__name__ in ("Name", "Attribute", "Call"):
                    found = self._find(argument.value, point, started)
                    if found is not None and found.what is What.MODEL:
                        return found._replace(is_certain=False)
        return None


def _is_index(constant: Constant | None) -> bool:
    """`device=0`."""
    return constant is not None and type(constant.value) is int and constant.value >= 0


def _has(ancestors: list[Scope], cls: Scope) -> bool:
    """Whether a class is derived from the first of `ancestors`, told by its own bases' names."""
    first = ancestors[0].name
    return any(type(base).__name__ == "Name" and base.value == first for base in cls.bases)


def _is_name(node: Any, name: str) -> bool:
    return type(node).__name__ == "Name" and node.value == name


def _start_of_chain(function: Any) -> Any:
    """`model` for `model.to`, and for the `to` of `model.eval().half().to`."""
    node: Any = function.value if type(function).__name__ == "Attribute" else None
    while type(node).__name__ == "Call" and type(node.func).__name__ == "Attribute":
        if node.func.attr.value not in SELF_RETURNING:
            break
        node = node.func.value
    return node


_TYPES = (
    r"torch\.(?:b?float(?:16|32|64)?|half|double|int(?:8|16|32|64)?|long|short|uint8|bool|float8_\w+|channels_last)"
)
_HANDLERS: dict[str, Any] = {
    "Name": Placements._name,
    "Attribute": Placements._attribute,
    "Call": Placements._call,
    "Subscript": Placements._subscript,
    "IfExp": Placements._either,
    "NamedExpr": Placements._named_expression,
    "BinaryOperation": Placements._computed,
    "UnaryOperation": Placements._computed,
}
