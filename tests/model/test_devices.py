"""Where values live, told from the code that makes them."""

from __future__ import annotations

import pytest

from zerolint.finding import Edit, Span
from zerolint.model.devices import Device
from zerolint.model.space import Space
from zerolint.model.values import point_of
from zerolint.rules import built_in

HEAD = """
import gradio as gr
import numpy as np
import spaces
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
tokenizer = AutoTokenizer.from_pretrained("gpt2")
model = AutoModelForCausalLM.from_pretrained("gpt2").to(device)
lazy = AutoModelForCausalLM.from_pretrained("gpt2")
placed = AutoModelForCausalLM.from_pretrained("gpt2")
placed.cuda()
table = torch.rand(3, 3)
"""
CUDA, CPU, PLAIN = Device.CUDA, Device.CPU, Device.NOT_A_TENSOR


def device_of(body: str, extra: str = "") -> Device | None:
    """Where `result` lives at the end of a GPU function with this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}{extra}\n\n@spaces.GPU(duration=9)\ndef run(given, flag):\n{lines}    return result\n\n"
    space = Space({"app.py": f"{text}gr.Interface(run, 'text', 'text').launch()\n".encode()}, target="zerogpu")
    function = next(scope for scope in space.contexts.gpu if scope.name == "run")
    return space.device(function.returns[-1].value, point_of(function.returns[-1]))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("result = torch.zeros(3, device='cuda')", CUDA),
        ("result = torch.zeros(3, device=device)", CUDA),
        ("result = torch.zeros(3, device=torch.device('cuda', 0))", CUDA),
        ("result = torch.zeros(3)", CPU),
        ("result = torch.zeros(3, device=given)", None),
        ("result = table.cuda()", CUDA),
        ("result = table.to(device, torch.float16)", CUDA),
        ("result = table.to(torch.float16)", CPU),
        ("result = table.to(model.device)", CUDA),
        ("result = table.to(lazy.device)", CPU),
        ("result = table.to(placed.device)", CUDA),
        ("result = table.to(given)", None),
        ("result = table.cuda().to('cpu')", CPU),
        ("result = table.cuda().tolist()", PLAIN),
        ("result = float(table.cuda().sum())", PLAIN),
        ("result = 1 - table.cuda()[0] / 2", CUDA),
        ("result = table.cuda().max(0)", CUDA),
        ("result = table.cuda().max(0).values.unsqueeze(0)", CUDA),
        ("result = table.cuda() > 0", CUDA),
        ("result = table.cuda() is None", PLAIN),
        ("result = '%s' % table.cuda()", PLAIN),
        ("result = f'{table.cuda()}'", PLAIN),
        ("result = table.cuda().unheard_of()", None),
        ("result = table.cuda().shape", PLAIN),
        ("result = torch.stack([table.cuda(), given])", CUDA),
        ("result = torch.cat([table, table])", CPU),
        ("result = torch.cat([table, given])", None),
        ("result = torch.unheard_of(table.cuda())", None),
        ("result = np.asarray(table)", PLAIN),
        ("result = model.generate(**given)", CUDA),
        ("result = lazy.generate(**given)", CPU),
        ("result = placed.generate(given)[0]", CUDA),
        ("result = tokenizer(given, return_tensors='pt').to('cuda')", CUDA),
        ("result = tokenizer(given, return_tensors='pt').to('cuda').input_ids", CUDA),
        ("result = tokenizer(given, return_tensors='pt')", CPU),
        ("result = tokenizer(given)", None),
        ("result = tokenizer.decode(model.generate(given)[0])", PLAIN),
        ("result = model(given).logits.argmax(-1)", CUDA),
        ("result = (given, table.cuda())", CUDA),
        ("result = (1, 'a')", PLAIN),
        ("result = [part.cpu() for part in table.cuda()]", CPU),
        ("result = {name: table.cuda() for name in given}", CUDA),
        ("result, _ = table.cuda().sort()", CUDA),
        ("result, _ = (1, table.cuda())", PLAIN),
        ("parts = {'a': table.cuda(), 'b': 1}\nresult = parts['b']", PLAIN),
        ("parts = {'a': table.cuda(), 'b': 1}\nresult = parts['a']", CUDA),
        ("result = given.to('cuda')", CUDA),
    ],
)
def test_expressions(body: str, expected: Device | None) -> None:
    assert device_of(body) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("result = table.cuda()\nif flag:\n    result = result * 2", CUDA),
        ("result = table.cuda()\nif flag:\n    result = result.cpu()", None),
        ("result = table.cuda()\nfor _ in range(3):\n    result = result + 1", CUDA),
        ("result = table.cuda()\nfor _ in range(3):\n    result = result.cpu()", None),
        ("result = table.cuda()\nfor _ in range(3):\n    result += 1", CUDA),
        ("result = table.cuda() if flag else table", None),
        ("result = {'a': table.cuda()}\nresult['a'] = 1", None),
        ("result = {'a': table.cuda()}\nclean(result)", None),
        ("result = {'a': table.cuda()}\nprint(result)", CUDA),
        ("result = table.cuda()\nresult[0] = 1", CUDA),
        ("result = table.cuda()\nresult.data = result.data.cpu()", None),
        ("if torch.cuda.is_available():\n    result = table.cuda()\nelse:\n    result = table", CUDA),
    ],
)
def test_several_bindings(body: str, expected: Device | None) -> None:
    assert device_of(body) is expected


@pytest.mark.parametrize(
    ("extra", "body", "expected"),
    [
        ("def move(x):\n    return x.cuda()", "result = move(table)", CUDA),
        ("def move(x):\n    return x * 2", "result = move(table.cuda())", CUDA),
        ("def move(x):\n    return x * 2", "result = move(table.cuda())\nmove(given)", None),
        ("def move(x):\n    if x:\n        return table.cuda()\n    return table", "result = move(given)", None),
        ("@given_to_cpu\ndef move():\n    return table.cuda()", "result = move()", None),
        ("@torch.no_grad()\ndef move():\n    return table.cuda()", "result = move()", CUDA),
        ("async def move():\n    return table.cuda()", "result = move()", None),
        ("def move():\n    yield table.cuda()", "result = [one for one in move()]", CUDA),
        ("def move(x):\n    return move(x)", "result = move(given)", None),
        ("lazy.to('cuda')\nlazy.to('cpu')", "result = lazy.generate(given)", None),
        ("class Net(torch.nn.Module):\n    def forward(self, x):\n        return x", "result = Net().cuda()", None),
    ],
)
def test_functions_of_the_space(extra: str, body: str, expected: Device | None) -> None:
    assert device_of(body, extra) is expected


def findings(text: str) -> list[tuple[int, str, tuple[Edit, ...], str | None]]:
    rule = next(rule for rule in built_in() if rule.code == "ZG005")
    space = Space({"app.py": text.encode()}, target="zerogpu")
    found = []
    for finding in rule.check(space):
        assert finding.fix is not None
        found.append((finding.at.start_line, finding.message, finding.fix.edits, finding.fix.unsafe))
    return found


def test_a_tensor_under_a_plain_name_is_moved_by_an_edit() -> None:
    text = "import gradio as gr\nimport spaces, torch\n@spaces.GPU\ndef run():\n    x = torch.ones(1, device='cuda')\n"
    (found,) = findings(f"{text}    return x\ngr.Interface(run, None, 'json').launch()\n")
    assert found[0] == 6
    assert "Low-level CUDA init" in found[1]
    assert found[2] == (Edit(Span("app.py", 6, 13, 6, 13), ".cpu()"),)
    assert found[3] is None
    (found,) = findings(f"{text}    return x, 1\ngr.Interface(run, None, 'json').launch()\n")
    assert found[1].startswith("`x` lies on CUDA") and found[2] == ()
    (found,) = findings(f"{text}    yield x\ngr.Interface(run, None, 'json').launch()\n")
    assert "hangs for 20 minutes" in found[1]


def test_an_edit_is_unsafe_when_other_gpu_functions_get_the_tensor_too() -> None:
    text = (
        "import gradio as gr\nimport spaces, torch\n@spaces.GPU\ndef run():\n    x = torch.ones(1, device='cuda')\n"
        "    return x\n@spaces.GPU\ndef more():\n    return run().item()\n"
        "gr.Interface(run, None, 'json').launch()\ngr.Interface(more, None, 'json').launch()\n"
    )
    (found,) = findings(text)
    assert found[3] is not None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("result = []\nresult.append(table.cuda())", CUDA),
        ("result = []\nfor one in given:\n    result.append(table.cuda().cpu())", CPU),
        ("result = {}\nresult['n'] = 1\nresult['x'] = table.cuda()", CUDA),
        ("result = {}\nresult['n'] = 1\nresult['x'] = table.cuda().tolist()", PLAIN),
        ("result = {}\nresult['x'] = table.cuda()\nresult['x'] = table", CPU),
        ("parts = []\nfor one in given: parts.append(table.cuda())\nresult = torch.stack(parts)", CUDA),
        ("parts = []\nparts.append(table.cuda())\nresult = [part.cpu() for part in parts]", CPU),
        ("result = []\nif flag: result.append(table.cuda())", None),
        ("result = []\nresult.append(given(1))", None),
        ("result = []\nresult.append(table.cuda())\nmove(result)", None),
        ("result = []\nresult.append(table.cuda())\nresult.pop()", None),
        ("result = {}\nresult['x'] = table.cuda()\nresult['x'] = result['x'].cpu()", None),
        ("result = {}\nresult['x'] = table.cuda()\nfor key in result: result[key] = result[key].cpu()", None),
    ],
)
def test_containers_that_are_filled(body: str, expected: Device | None) -> None:
    assert device_of(body) is expected


MODELS = """
MODELS = {"on": AutoModelForCausalLM.from_pretrained("gpt2").to("cuda"), "off": lazy}
OTHERS = {"on": AutoModelForCausalLM.from_pretrained("gpt2").to("cuda")}
OTHERS["on"].to("cpu")

def chosen(): return torch.device("cuda")
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("result = MODELS['on'].generate(given)", CUDA),
        ("result = MODELS['off'].generate(given)", CPU),
        ("result = MODELS[given].generate(given)", None),
        ("result = OTHERS['on'].generate(given)", None),
        ("result = table.to(chosen())", CUDA),
        ("result = tuple(part.cpu() for part in table.cuda())", CPU),
        ("result = list(part * 2 for part in table.cuda())", CUDA),
        ("from torchvision import transforms\nresult = transforms.ToPILImage()(table.cuda())", PLAIN),
    ],
)
def test_models_in_a_dict_and_devices_from_a_function(body: str, expected: Device | None) -> None:
    assert device_of(body, MODELS) is expected
