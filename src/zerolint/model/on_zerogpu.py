"""What code comes to on ZeroGPU before it runs: tests that are decided there, and values that nobody sets.

Linux, one NVIDIA GPU that seems to be there all the time, `spaces` installed, the platform's own environment variables.
The questions about a program that hold anywhere are those of `Program` itself; its methods call these functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zerolint.model.syntax import IF, MODULE, Block, Call, Scope, dotted
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

if TYPE_CHECKING:
    from zerolint.model.program import Program

# Environment variables that the platform sets itself.
_SET_ON_SPACES = {"SPACE_ID", "SPACE_HOST", "SPACE_AUTHOR_NAME", "SPACE_REPO_NAME", "SPACE_TITLE", "SYSTEM", "HF_HOME"}

# What calls and attributes of libraries are on ZeroGPU: Linux, one NVIDIA GPU that seems to be there all the time.
_ON_ZEROGPU: dict[str, Constant] = {
    "torch.cuda.is_available()": Constant(True),
    "torch.cuda.device_count()": Constant(1),
    "torch.backends.mps.is_available()": Constant(False),
    "torch.backends.mps.is_built()": Constant(False),
    "torch.xpu.is_available()": Constant(False),
    "spaces.config.Config.zero_gpu": Constant(True),
    "sys.platform": Constant("linux"),
    "os.name": Constant("posix"),
    "platform.system()": Constant("Linux"),
}

# Calls that give a model back.
_GIVES_A_MODEL = (".from_pretrained()", ".to()", ".cuda()")

_DECIDABLE = {"Name", "Attribute", "Call", "SimpleString", "Integer", "Float", "Subscript", "List", "Tuple"}


def decided(program: Program, node: Any, point: Point) -> bool | None:
    """Whether a test is always true or always false; None when it depends or is not known."""
    kind = type(node).__name__
    if kind == "UnaryOperation" and type(node.operator).__name__ == "Not":
        inner = program.decide(node.expression, point)
        return None if inner is None else not inner
    if kind == "BooleanOperation":
        conjunction = type(node.operator).__name__ == "And"
        left = program.decide(node.left, point)
        if left is (not conjunction):
            return left
        right = program.decide(node.right, point)
        if right is (not conjunction):
            return right
        return left if left is not None and right is not None else None
    if kind == "Comparison":
        return _comparison(program, node, point)
    if kind not in _DECIDABLE:
        return None
    if kind == "Call":
        callees = program.evaluate(node.func, point)
        if callees in ((External("os.getenv"),), (External("os.environ.get"),)) and node.args:
            key = program.constant(node.args[0].value, point)
            if key is not None and key.value in _SET_ON_SPACES:
                return True
        if len(callees) != 1 or not isinstance(callees[0], (External, Function)):
            return None
        if node.func.__class__.__name__ == "Name" and node.func.value in ("isinstance", "hasattr", "callable"):
            return _has(program, node, point) if node.func.value == "hasattr" else None
    constant = program.constant(node, point)
    if constant is None:
        values = program.evaluate(node, point)
        if values and all(isinstance(v, (Function, Class, Package)) for v in values):
            return True
        if values and all(isinstance(v, External) and v.path in ("typing.TYPE_CHECKING",) for v in values):
            return False
        if values and all(isinstance(v, External) and v.path in ("spaces", "spaces.GPU") for v in values):
            return True
        # `os.getenv("SPACE_ID") or os.getenv("SPACE_HOST")`, in a name or from a function.
        return True if values and all(_is_set(program, v) for v in values) else None
    return bool(constant.value)


def _has(program: Program, node: Any, point: Point) -> bool | None:
    """`hasattr(spaces, "GPU")`, and `hasattr(self, "model")` where the constructor surely sets it."""
    name = program.constant(node.args[1].value, point) if len(node.args) == 2 else None
    if name is None or not isinstance(name.value, str):
        return None
    values = program.evaluate(node.args[0].value, point)
    if values == (External("spaces"),):
        return True if name.value == "GPU" else None
    sure = [isinstance(value, Instance) and _is_set_at_start(program, value.cls, name.value, point) for value in values]
    return True if sure and all(sure) else None


def _is_set_at_start(program: Program, cls: Scope, name: str, point: Point) -> bool:
    """Whether `__init__` of a class, or a method that it calls in any case, sets an attribute in any case."""
    constructor = next((scope for scope in cls.children if scope.is_method and scope.name == "__init__"), None)
    taken_back = any(store.kind == "delete" for store in program.stores_of(name)) or program.calls_named("delattr")
    if constructor is None or taken_back or program.subclasses(cls):
        return False
    owners = [param.name for param in constructor.params[:1]]
    calls = [dotted(call.node.func).split(".") for call in constructor.calls if call.block is None]
    always = {"__init__", *(parts[1] for parts in calls if len(parts) == 2 and parts[:1] == owners)}
    if point.scope.frame.name in always:
        return False  # may run before
    stores = program.attribute_stores(cls).get(name, ())
    return any(store.block is None and store.scope.name in always for store in stores)


def _comparison(program: Program, node: Any, point: Point) -> bool | None:
    if len(node.comparisons) != 1:
        return None
    target = node.comparisons[0]
    operator = type(target.operator).__name__
    left, right = node.left, target.comparator
    if type(left).__name__ == "Name" and left.value == "__name__":
        constant = program.constant(right, point)
        if constant is not None and constant.value == "__main__" and operator in ("Equal", "NotEqual"):
            return program.is_program(point.scope.module.path) is (operator == "Equal")
    if operator in ("In", "NotIn"):
        inside = _is_in(program, left, right, point)
        return None if inside is None else inside is (operator == "In")
    b = program.constant(right, point)
    if b is None:
        return None
    a = program.constant(left, point)
    if operator in ("Is", "IsNot") and b.value is None and a is None:
        values = program.evaluate(left, point)
        if len(values) == 1 and isinstance(values[0], Parameter):
            # What every caller hands over, where all of them are known.
            handed = values[0]
            is_closed = not program.escapes(handed.scope) and bool(program.callers(handed.scope))
            values = program.expand(handed) if is_closed else ()
        if values and all(
            isinstance(v, (Function, Class, Package, Instance)) or _is_something(program, v) for v in values
        ):
            return operator == "IsNot"
        return None
    if a is None:
        if operator in ("Equal", "NotEqual") and b.value is not None:
            possible = _possible(program, left, point)
            if possible and b.value not in possible:
                return operator == "NotEqual"
        return None
    if operator in ("Equal", "NotEqual"):
        return (a.value == b.value) is (operator == "Equal")
    if operator in ("Is", "IsNot"):
        return (a.value is b.value) is (operator == "Is")
    if not (isinstance(a.value, (int, float)) and isinstance(b.value, (int, float))):
        return None
    if operator == "GreaterThan":
        return bool(a.value > b.value)
    if operator == "LessThan":
        return bool(a.value < b.value)
    if operator == "GreaterThanEqual":
        return bool(a.value >= b.value)
    if operator == "LessThanEqual":
        return bool(a.value <= b.value)
    return None


def _possible(program: Program, node: Any, point: Point) -> set[Any]:
    """All values of an expression where the code spells each of them out, as a helper does that returns the name of a
    device; none where it can be something else."""
    if type(node).__name__ == "Name" and program.stores_of(node.value):
        owner = program.owner(node.value, point.scope)
        if owner is None or owner.kind == MODULE:
            return set()  # may be set from another module
    values = program.evaluate(node, point)
    constants = {value.value for value in values if isinstance(value, Constant)}
    return constants if all(isinstance(value, Constant) for value in values) else set()


def _is_in(program: Program, left: Any, right: Any, point: Point) -> bool | None:
    """Whether `left in right` holds: a known value among written ones, a variable in the environment."""
    kind = type(right).__name__
    if kind not in ("Name", "Attribute", "List", "Tuple", "Set"):
        return None
    where = program.evaluate(right, point)
    if where == (External("os.environ"),):
        # What the platform does not set counts as not set, as in `os.getenv`.
        key = program.constant(left, point)
        if key is None or not isinstance(key.value, str) or program.sets_variable(key.value):
            return None
        return key.value in ("SPACES_ZERO_GPU", *_SET_ON_SPACES)
    container = where[0] if len(where) == 1 else None
    if not isinstance(container, Container) or type(container.node).__name__ not in ("List", "Tuple", "Set"):
        return None
    if kind in ("Name", "Attribute") and type(container.node).__name__ != "Tuple":
        return None  # may have grown since
    value = program.constant(left, point)
    if value is None:
        return None
    for element in container.node.elements:
        part = program.constant(element.value, container.point)
        if part is None:
            return None
        if part.value == value.value:
            return True
    return False


def _is_something(program: Program, value: Value) -> bool:
    """Whether a value is surely not None though nothing else is known of it."""
    if not isinstance(value, External):
        return False
    if value.path in ("spaces", "torch", "gradio", "spaces.GPU") or value.path.endswith(_GIVES_A_MODEL):
        return True
    return _is_set(program, value)


def _is_set(program: Program, value: Value) -> bool:
    """Whether a value is an environment variable that the platform sets."""
    if not isinstance(value, External) or value.path not in ("os.getenv()", "os.environ.get()") or not value.origin:
        return False
    name = program.argument(value.origin, 0, "key")
    key = program.constant(name, point_of(value.origin)) if name is not None else None
    return key is not None and key.value in _SET_ON_SPACES


def is_past_check(program: Program, block: Block) -> bool:
    """Whether a block is what runs after a check that an app in use has passed: one that ends the start of the app, or
    one that raises where a variable is missing that only the settings of the Space can give."""
    if not _comes_after_raise(block):
        return False
    outer: Block | None = block
    while outer is not None and outer.scope.kind == MODULE and _comes_after_raise(outer):
        outer = outer.parent
    return outer is None or _asks_for_variable(program, block.node, Point(block.scope, block.parent, block.order + 1))


def _comes_after_raise(block: Block) -> bool:
    """Whether a block runs only when an `assert` held, or when the other branch of an `if`, which raises, did not."""
    statement = block.statement
    if block.kind != IF or type(statement).__name__ != "If":
        return block.kind == IF and type(statement).__name__ == "Assert"
    if block.branch:
        statement = statement.orelse
        if type(statement).__name__ != "Else":
            return False
    last: Any = statement.body.body[-1] if statement.body.body else None
    return type(last).__name__ == "SimpleStatementLine" and type(last.body[-1]).__name__ == "Raise"


def _asks_for_variable(program: Program, test: Any, point: Point) -> bool:
    """Whether a test asks whether a variable of the environment is there which the platform does not set."""
    kind = type(test).__name__
    if kind == "UnaryOperation" and type(test.operator).__name__ == "Not":
        return _asks_for_variable(program, test.expression, point)
    if kind == "BooleanOperation":
        return _asks_for_variable(program, test.left, point) or _asks_for_variable(program, test.right, point)
    if kind == "Comparison":
        if type(test.comparisons[0].operator).__name__ in ("In", "NotIn"):
            return program.evaluate(test.comparisons[0].comparator, point) == (External("os.environ"),)
        test = test.left
    return any(
        isinstance(value, External)
        and value.path in ("os.getenv()", "os.environ.get()")
        and not _is_something(program, value)
        for value in program.evaluate(test, point)
    )


def guards_spaces_import(block: Block) -> bool:
    """Whether an `except` catches only the failure of `import spaces`, which is always there on a Space."""
    imports_spaces = False
    for statement in block.statement.body.body:
        if type(statement).__name__ != "SimpleStatementLine":
            return False
        for small in statement.body:
            kind = type(small).__name__
            if kind == "Import":
                imports_spaces |= any(dotted(alias.name).split(".")[0] == "spaces" for alias in small.names)
            elif kind == "ImportFrom":
                module = dotted(small.module) if small.module is not None else ""
                imports_spaces |= not small.relative and module.split(".")[0] == "spaces"
            elif kind not in ("Assign", "AnnAssign", "Expr"):
                return False
    return imports_spaces


def configured(program: Program, value: External) -> Constant | None:
    """What is the same on every Space: an option or variable that nobody sets has its default, there is one GPU."""
    if value.path in _ON_ZEROGPU:
        return _ON_ZEROGPU[value.path]
    if value.origin is None:
        return None
    if ".parse_args()." in value.path or ".parse_known_args()[]." in value.path:
        option = value.path.rsplit(".", 1)[-1]
        return None if _is_set_later(program, option, value.origin) else _option_default(program, option, value.origin)
    if value.path in ("os.getenv()", "os.environ.get()"):
        name = program.argument(value.origin, 0, "key")
        default = program.argument(value.origin, 1, "default")
        where = point_of(value.origin)
        key = program.constant(name, where) if name is not None else None
        if key is not None and key.value == "SPACES_ZERO_GPU":
            return Constant("true")
        if key is not None and key.value == "SYSTEM":
            return Constant("spaces")
        if key is not None and key.value in _SET_ON_SPACES:
            return None
        if key is not None and isinstance(key.value, str) and program.sets_variable(key.value):
            return None
        if default is None:
            return Constant(None)
        return program.constant(default, where)
    if value.path == "builtins.bool()" and len(value.origin.node.args) == 1:
        truth = program.decide(value.origin.node.args[0].value, point_of(value.origin))
        return None if truth is None else Constant(truth)
    if value.path == "torch.device().type":
        name = program.argument(value.origin, 0, "type")
        spelled = program.constant(name, point_of(value.origin)) if name is not None else None
        if spelled is not None and isinstance(spelled.value, str):
            return Constant(spelled.value.split(":")[0])
    return None


def _is_set_later(program: Program, option: str, parse: Call) -> bool:
    """Whether code sets an option that the command line gave: `args.name = ...`, or `setattr(args, name, ...)`."""
    for store in program.stores_of(option):
        if _is_parsed(program, store.target.value, Point(store.scope, store.block, store.order)):
            return True
    for call in program.calls_named("setattr"):
        if call.scope.module is parse.scope.module and len(call.node.args) == 3:
            name = program.constant(call.node.args[1].value, point_of(call))
            if (name is None or name.value == option) and _is_parsed(program, call.node.args[0].value, point_of(call)):
                return True
    return False


def _is_parsed(program: Program, node: Any, point: Point) -> bool:
    """Whether an expression is what `parse_args()` gives."""
    return any(
        isinstance(value, External) and value.path.endswith((".parse_args()", ".parse_known_args()[]"))
        for value in program.evaluate(node, point)
    )


def _option_default(program: Program, option: str, parse: Call) -> Constant | None:
    for call in program.calls_named("add_argument"):
        if call.scope.module is not parse.scope.module:
            continue
        names = [
            constant.value
            for argument in call.node.args
            if argument.keyword is None and not argument.star
            for constant in (program.constant(argument.value, point_of(call)),)
            if constant is not None and isinstance(constant.value, str)
        ]
        dest = program.argument(call, 1 << 20, "dest")
        spelled = program.constant(dest, point_of(call)) if dest is not None else None
        if spelled is not None:
            if spelled.value != option:
                continue
        elif option not in [name.lstrip("-").replace("-", "_") for name in names]:
            continue
        default = program.argument(call, 1 << 20, "default")
        if default is not None:
            return program.constant(default, point_of(call))
        action = program.argument(call, 1 << 20, "action")
        kind = program.constant(action, point_of(call)) if action is not None else None
        if kind is not None and kind.value in ("store_true", "store_false"):
            return Constant(kind.value == "store_false")
        return Constant(None)
    return None


def folded_call(program: Program, node: Any, point: Point) -> Constant | None:
    """`os.getenv("X", "0").lower()`, `int(os.getenv("X", "0"))`: simple functions of a constant."""
    function = node.func
    if type(function).__name__ == "Attribute" and function.attr.value in ("lower", "upper", "strip") and not node.args:
        inner = program.constant(function.value, point)
        if inner is not None and isinstance(inner.value, str):
            return Constant(getattr(inner.value, function.attr.value)())
    if (
        type(function).__name__ == "Attribute"
        and function.attr.value in ("startswith", "endswith")
        and len(node.args) == 1
    ):
        inner = program.constant(function.value, point)
        text = inner.value if inner is not None else None
        affix = program.constant(node.args[0].value, point) if isinstance(text, str) else None
        if isinstance(text, str) and affix is not None and isinstance(affix.value, str):
            return Constant(getattr(text, function.attr.value)(affix.value))
    if type(function).__name__ == "Name" and function.value in ("int", "bool", "str") and len(node.args) == 1:
        inner = program.constant(node.args[0].value, point)
        if inner is not None and (isinstance(inner.value, (str, int)) or function.value == "bool"):
            try:
                return Constant({"int": int, "bool": bool, "str": str}[function.value](inner.value))
            except ValueError:
                return None
    return None
