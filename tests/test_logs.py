"""`zerolint explain` of messages: every one that is known of the platform gets the right boundary and rule."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands import zerolint
from page_cases import PROJECT, built_in_rules
from zerolint import logs
from zerolint.facts.messages import Message, messages

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What authors and visitors quote, with the boundary that failed and the rule that prevents it before all others; ""
# where no rule does, and "platform" where no change of the code helps.
QUOTED = (
    # start-up
    ("No @spaces.GPU function detected during startup", "start-up", "no-gpu-function"),
    ("ZeroGPU has not been initialized", "start-up", "no-gpu-function"),
    ("RuntimeError: Error while initializing ZeroGPU: NotFound", "start-up", "platform"),
    ("Error while initializing ZeroGPU: Unknown", "start-up", "platform"),
    (
        "RuntimeError: CUDA has been initialized before importing the spaces package. Try importing spaces before any "
        "other CUDA-related package.",
        "start-up",
        "cuda-before-spaces",
    ),
    ("CUDA has been initialized before importing the `spaces` package…", "start-up", "cuda-before-spaces"),
    ("NotImplementedError", "start-up", "async-gpu-function"),
    ("NotImplementedError()", "start-up", "async-gpu-function"),
    (
        "TypeError: GPU() takes from 0 to 1 positional arguments but 2 were given",
        "start-up",
        "callable-taken-as-task",
    ),
    ("AttributeError: module 'spaces' has no attribute 'GPU'", "start-up", "shadowed-module"),
    ("AttributeError: 'NoneType' object has no attribute 'startswith'", "start-up", "cpu-torch"),
    ("RuntimeError: ZeroGPU AoTI reuqires PyTorch 2.8+", "start-up", "unsupported-torch"),
    ("aoti_blocks_load only works with modules that expose _repeated_blocks", "start-up", ""),
    ("ZeroGPU requires bitsandbytes >= 0.40.0 (installed: 0.39.1)", "start-up", "old-bitsandbytes"),
    ("ZeroGPU recommends bitsandbytes >= `0.46.0`", "start-up", "old-bitsandbytes"),
    (
        "ZeroGPU recommends bitsandbytes >= `0.46.0` (`0.45.0` installed). Falling back to legacy support",
        "start-up",
        "old-bitsandbytes",
    ),
    ("UserWarning: Error while reading infos from Nvidia driver FS", "start-up", ""),
    ("`enable_queue` parameter is now ignored and always set to `True`", "start-up", "unknown-gpu-option"),
    ("ValueError: Failed to infer device type", "start-up", "unsupported-engine"),
    (
        "ValueError: The cache_examples parameter should be either True or False, not lazy",
        "start-up",
        "lazy-string-example-cache",
    ),
    (
        "Expected all tensors to be on the same device, but found at least two devices, cuda:0 (ZeroGPU) and cpu!",
        "start-up",
        "inference-at-import",
    ),
    ("ImportError: cannot import name 'HfFolder' from 'huggingface_hub'", "start-up", "old-gradio"),
    ("TypeError: argument of type 'bool' is not iterable", "start-up", "old-gradio"),
    ("ValueError: When localhost is not accessible, a shareable link must be created.", "start-up", "old-gradio"),
    ("TypeError: unhashable type: 'dict'", "start-up", "old-gradio"),
    ("ModuleNotFoundError: No module named 'audioop'", "start-up", "unsupported-python-version"),
    ("OSError: [Errno 98] Address already in use", "start-up", "startup-bypassed"),
    ("_pickle.UnpicklingError: Weights only load failed.", "start-up", ""),
    ("Client.__init__() got an unexpected keyword argument 'hf_token'", "start-up", ""),
    ("TypeError: Blocks.__init__() got an unexpected keyword argument 'theme'", "start-up", "sdk-version-mismatch"),
    ("Workload evicted, storage limit exceeded (50G)", "start-up", ""),
    ("OSError: [Errno 28] No space left on device", "start-up", ""),
    ("Launch timed out, workload was not healthy after 30 min", "start-up", "inference-at-import"),
    ("Scheduling failure: unable to schedule", "start-up", "platform"),
    ("Scheduling failure: not enough hardware capacity", "start-up", "platform"),
    ("ImportError: …so: undefined symbol", "start-up", "wheel-torch-mismatch"),
    ("ImportError: x.so: undefined symbol: _ZN3c105ErrorC2ENS_14SourceLocationESs", "start-up", "wheel-abi-mismatch"),
    ("OSError: /usr/lib/_torchaudio.abi3.so: undefined symbol: aoti_torch", "start-up", "torch-sidecar-drift"),
    ("TypeError: unhashable type", "start-up", ""),
    ("SyntaxError: invalid syntax", "start-up", "syntax-error"),
    (
        "Exception: Couldn't start the app because 'http://x:7860/gradio_api/startup-events' failed (code 500).",
        "start-up",
        "eager-example-cache",
    ),
    # booking
    (
        "ZeroGPU illegal duration: The requested GPU duration (90s) is larger than the maximum allowed",
        "quota reservation",
        "duration-over-quota",
    ),
    (
        "The requested GPU duration (300s) is larger than the maximum allowedSubscribe to Hugging Face PRO",
        "quota reservation",
        "duration-over-quota",
    ),
    ("You have exceeded your GPU quota. Please retry in -1 day, 23:59:59", "quota reservation", "duration-over-quota"),
    (
        "You have exceeded your free ZeroGPU quota (60s requested vs. 56s left). Try again in 0:12:31.",
        "quota reservation",
        "missing-duration",
    ),
    ("You have exceeded your Pro ZeroGPU quota (60s requested vs. 30s left)", "quota reservation", "missing-duration"),
    ("60s requested vs. 30s left", "quota reservation", "missing-duration"),
    ("ZeroGPU quota exceeded", "quota reservation", "missing-duration"),
    ("You have exceeded your GPU quota", "quota reservation", "missing-duration"),
    ("You have exceeded your ZeroGPU runs limit.", "quota reservation", "gpu-call-in-loop"),
    (
        "Space app has reached its GPU limit. Try re-running outside of examples if it happened after clicking one",
        "quota reservation",
        "lost-visitor-token",
    ),
    ("ZeroGPU pending credits exceeded", "quota reservation", ""),
    ("No GPU was available", "quota reservation", "platform"),
    ("No GPU was available for you", "quota reservation", "platform"),
    ("No GPU was available after 60s", "quota reservation", "platform"),
    ("No GPU was available after 60s. Retry later", "quota reservation", "platform"),
    (
        "No GPU was available after 60s. Try re-running outside of examples if it happened after clicking one",
        "quota reservation",
        "lost-visitor-token",
    ),
    ("illegal duration", "quota reservation", "duration-over-quota"),
    ("ZeroGPU client error", "quota reservation", ""),
    ("ZeroGPU queue timeout", "quota reservation", "platform"),
    ("Waiting for a GPU to become available", "quota reservation", ""),
    ("Waiting for a GPU slot on this Space", "quota reservation", "gpu-call-in-loop"),
    ("Successfully acquired a GPU", "quota reservation", ""),
    ("Expired ZeroGPU proxy token", "quota reservation", "shared-client-quota"),
    ("Falling back to IP-based quotas (expired)", "quota reservation", ""),
    ("Error while decoding X-IP-Token JWT", "quota reservation", ""),
    (
        "RuntimeError: ZeroGPU API /schedule error: 422 (Unprocessable Entity)",
        "quota reservation",
        "invalid-gpu-size",
    ),
    ("ZeroGPU API /schedule error: 500 (Internal Server Error)", "quota reservation", "platform"),
    ("ZeroGPU API /schedule error…", "quota reservation", "platform"),
    ("RuntimeError: ZeroGPU API /release error: 500 (Internal Server Error)", "quota reservation", "platform"),
    ("UserWarning: ZeroGPU API /release warning: 404 Not Found", "quota reservation", "static-duration-for-steps"),
    ("RuntimeError: Unexpected end of stream", "quota reservation", "platform"),
    ("RuntimeError: Error while re-trying after queue disconnect", "quota reservation", "platform"),
    ("RuntimeError: Connection closed by visitor while queueing", "quota reservation", ""),
    ("RuntimeError: Connection closed by visitor on queue success", "quota reservation", ""),
    ("ZeroGPU client error: Internal Gradio error", "quota reservation", ""),
    ("ZeroGPU: Cannot get Gradio app Queue instance", "quota reservation", "lost-visitor-token"),
    ("RuntimeError: ZeroGPU is only compatible with Gradio 4+", "quota reservation", "old-gradio"),
    ("Make sure Gradio version is at least 3.46", "quota reservation", "old-gradio"),
    (
        "TypeError: unsupported type for timedelta seconds component: str",
        "quota reservation",
        "invalid-duration",
    ),
    ("OverflowError: cannot convert float infinity to integer", "quota reservation", "invalid-duration"),
    ("ValueError: cannot convert float NaN to integer", "quota reservation", "invalid-duration"),
    (
        "TypeError: get_duration() takes 2 positional arguments but 3 were given",
        "quota reservation",
        "duration-signature-mismatch",
    ),
    (
        "TypeError: <lambda>() takes 1 positional argument but 2 were given",
        "quota reservation",
        "duration-signature-mismatch",
    ),
    # the worker
    (
        "RuntimeError: Low-level CUDA init (torch._C._cuda_init) reached. This means ZeroGPU's PyTorch CUDA emulation "
        "mode did not intercept a CUDA operation in your code.",
        "GPU worker",
        "cuda-outside-gpu",
    ),
    ("Low-level CUDA init … reached", "GPU worker", "cuda-outside-gpu"),
    (
        "CUDA must not be initialized in the main process on Spaces with Stateless GPU environment.",
        "GPU worker",
        "cuda-outside-gpu",
    ),
    (
        "Exception: Cannot apply function torch.Tensor.sum on disk-offloaded Tensor tensor(...)",
        "GPU worker",
        "packed-tensor-read",
    ),
    ("RuntimeError: Expected all tensors to be on the same device", "GPU worker", "model-passed-to-gpu"),
    ("PicklingError", "GPU worker", "unpicklable-result"),
    ("ZeroGPU worker error: PicklingError", "GPU worker", "unpicklable-result"),
    ("_pickle.PicklingError: cannot pickle '_thread.lock' object", "GPU worker", "unpicklable-result"),
    ("cannot pickle '_thread.lock' object", "GPU worker", "unpicklable-result"),
    ("AttributeError: Can't pickle local object 'run.<locals>.<lambda>'", "GPU worker", "unpicklable-result"),
    ("cannot pickle 'generator' object", "GPU worker", "hidden-generator"),
    ("cannot pickle 'async_generator' object", "GPU worker", "async-gpu-function"),
    ("TypeError: cannot pickle 'coroutine' object", "GPU worker", "async-gpu-function"),
    (
        "RecursionError: maximum recursion depth exceeded while pickling an object",
        "GPU worker",
        "unpicklable-argument",
    ),
    ("AssertionError: daemonic processes are not allowed to have children", "GPU worker", "child-process-in-gpu"),
    ("AssertionError: can only test a child process", "GPU worker", ""),
    ("ValueError: signal only works in main thread", "GPU worker", "worker-killed"),
    ("RuntimeError: There is no current event loop in thread 'x'.", "GPU worker", ""),
    (
        "TypeError: 'functools.partial' object does not support the context manager protocol",
        "GPU worker",
        "",
    ),
    ("<generator object gen at 0x7f12a4c0b5e0>", "GPU worker", "returned-gpu-generator"),
    ("AttributeError: 'generator' object has no attribute 'get'", "GPU worker", "returned-gpu-generator"),
    ("GPU task aborted", "GPU worker", "static-duration-for-steps"),
    ("GPU task is exceeding its requested duration and might be aborted", "GPU worker", "static-duration-for-steps"),
    ("ZeroGPU worker error", "GPU worker", "swallowed-gpu-error"),
    ("ZeroGPU worker error: RuntimeError", "GPU worker", "swallowed-gpu-error"),
    ("UserWarning: GPU device not used", "GPU worker", "idle-gpu-time"),
    ("ZeroGPU init – 10.0%", "GPU worker", ""),
    ("Allowing PID 1 on ZeroGPU will end up killing your Space", "GPU worker", ""),
    (
        "CUDA error: no kernel image is available for execution on the device",
        "GPU worker",
        "cuda-wheel-without-blackwell",
    ),
    (
        "NVIDIA RTX PRO 6000 with CUDA capability sm_120 is not compatible with the current PyTorch installation.",
        "GPU worker",
        "cuda-wheel-without-blackwell",
    ),
    ("RuntimeError: CUDA error: invalid device function", "GPU worker", "cuda-wheel-without-blackwell"),
    ("RuntimeError: CUDA error: invalid device ordinal", "GPU worker", "second-gpu-device"),
    ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", "GPU worker", "grad-mode-outside-gpu"),
    ("RuntimeError: NVML_SUCCESS == r INTERNAL ASSERT FAILED", "GPU worker", ""),
    ("RuntimeError: Error building extension 'gsplat_cuda'", "GPU worker", "cuda-source-build"),
    ("fatal error: glm/gtc/type_ptr.hpp: No such file or directory", "GPU worker", "cuda-source-build"),
    (
        "RuntimeError: Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not "
        "support crossing process boundaries.",
        "GPU worker",
        "grad-tensor-return",
    ),
    ("Out of memory", "GPU worker", "grad-mode-outside-gpu"),
    ("TypeError: 'classmethod' object is not callable", "GPU worker", "gpu-above-descriptor"),
    (
        "<function regular_function_wrapper.<locals>.gradio_handler at 0x7f2e3c248180>",
        "GPU worker",
        "gpu-above-descriptor",
    ),
    (
        "TypeError: QuotaError.__init__() missing 1 required positional argument: 'text'",
        "GPU worker",
        "unraisable-gradio-error",
    ),
    (
        "_pickle.PicklingError: Can't pickle <function answer at 0x7f87>: attribute lookup answer on __main__ failed",
        "GPU worker",
        "callable-taken-as-task",
    ),
    # building
    (
        "CONFIG_ERROR: torch version in requirements.txt is not compatible with ZeroGPU",
        "build",
        "unsupported-torch",
    ),
    ("No candidate PyTorch version found for ZeroGPU", "build", "unsupported-torch"),
    ("ModuleNotFoundError: No module named 'torch'", "build", "cuda-source-build"),
    ("nvcc not found", "build", "cuda-source-build"),
    ("ERROR: Failed building wheel for flash-attn", "build", "cuda-source-build"),
    ("ERROR: Failed building wheel for somebodys-package", "build", "cuda-source-build"),
    (
        "ERROR: file:///app does not appear to be a Python project: neither 'setup.py' nor 'pyproject.toml' found.",
        "build",
        "unresolvable-requirement",
    ),
    ("E: Unable to locate package #", "build", "malformed-packages-txt"),
    ("ERROR: x-1.0-cp310-cp310-linux_x86_64.whl is not a supported wheel on this platform.", "build", "wheel-python"),
    ("ERROR: ResolutionImpossible: for help visit …", "build", "spaces-pinned"),
    ("ERROR: Cannot install gradio==4.0 and x because these have conflicting dependencies.", "build", "spaces-pinned"),
    ("ModuleNotFoundError: No module named 'pkg_resources'", "build", ""),
    ("400 Bad Request for url: https://huggingface.co/api/validate-yaml", "build", "invalid-readme-value"),
    ("remote: Sorry, your push was rejected during YAML metadata verification:", "build", "invalid-readme-value"),
    ("ValueError: Invalid metadata in README.md.", "build", "invalid-readme-value"),
    ('- "colorTo" must be one of [red, yellow, green]', "build", "invalid-readme-value"),
    ("--> ERROR: docker.io/library/python:3.1: not found", "build", "unquoted-version"),
    ("Build queued at 2026-04-10 09:03:34", "build", "platform"),
    ("Factory rebuild fails", "build", "platform"),
    ("503 Something went wrong when restarting this Space.", "build", "platform"),
    ("Space paused", "build", ""),
    # the others
    ("QueueError: Queue is full! Please try again.", "app", "queue-of-one"),
    ("Queue is full. Max size is 1 and size is 1.", "app", "queue-of-one"),
    ("FileNotFoundError: [Errno 2] No such file or directory: '/tmp/tmp8x/out.png'", "app", "deleted-temp-file"),
    ("503 Service Unavailable", "proxy", ""),
    ("503", "proxy", ""),
    ("Request did not reach server", "proxy", "platform"),
    ("Cannot access gated repo for url https://huggingface.co/black-forest-labs/FLUX.1-dev", "hub transfer", ""),
    ("401 Client Error. (Request ID: Root=1-67)", "hub transfer", ""),
    ("OSError: We couldn't connect to 'https://huggingface.co' to load the files", "hub transfer", "platform"),
    ("RuntimeError: Data processing error: CAS service error : IO Error: Timer expired", "hub transfer", "platform"),
    ("ValueError: The file is too large to be downloaded using the regular download method.", "hub transfer", ""),
    ("Download stuck at 99%", "hub transfer", "platform"),
    ("socket.gaierror: [Errno -3] Temporary failure in name resolution", "egress", ""),
    ("httpx.ConnectTimeout: timed out", "egress", ""),
)

ARGUMENT = """Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/spaces/utils.py", line 28, in put
    super().put(obj)
TypeError: cannot pickle '_thread.lock' object

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/spaces/zero/wrappers.py", line 210, in gradio_handler
    worker.arg_queue.put(((args, kwargs), GradioPartialContext.get()))
_pickle.PicklingError: cannot pickle '_thread.lock' object
"""
RESULT = ARGUMENT.replace("worker.arg_queue.put(((args, kwargs), GradioPartialContext.get()))", "res_queue.put(res)")


def names(text: str) -> list[str]:
    """The names of the messages that are recognised, in their order."""
    return [known.message.name for known in logs.recognise(text)]


@pytest.mark.parametrize(("text", "boundary", "rule"), QUOTED, ids=lambda value: str(value)[:60])
def test_a_quoted_message_is_recognised(text: str, boundary: str, rule: str) -> None:
    found = logs.recognise_line(text)
    assert len(found) == 1
    message = found[0].message
    assert message.boundary == boundary
    assert message.platform_fault == (rule == "platform")
    first = next(iter(message.rules), "")
    assert first.startswith(rule) if rule not in ("", "platform") else not first


def test_every_message_is_quoted_here() -> None:
    recognised = {known.message.name for text, _, _ in QUOTED for known in logs.recognise_line(text)}
    with_traceback = {message.name for message in messages() if message.frames and not message.bare}
    rare = {
        *("repository-storage", "flagged", "logs-unavailable", "hidden-exception", "space-in-error"),
        *("repository-not-found", "hub-rate-limit"),
    }
    assert {message.name for message in messages()} - recognised - with_traceback - rare == set()


@pytest.mark.parametrize("message", messages(), ids=lambda message: message.name)
def test_an_entry_is_complete(message: Message) -> None:
    assert message.boundary in logs.BOUNDARIES
    assert message.kind in ("cause", "symptom", "notice")
    assert message.meaning.endswith(".")
    assert not message.remedy or message.remedy.endswith(".")
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", message.date)
    assert message.source
    # No change of the code helps: then there is no rule for it either.
    assert not (message.platform_fault and message.rules)
    assert not message.bare or message.frames
    for pattern in message.pattern:
        assert all(piece.strip() for piece in pattern.strip("^$").split("…")), pattern
        assert len(max(pattern.split("…"), key=len)) >= 4, pattern


def test_every_rule_that_is_named_exists() -> None:
    named = {rule for message in messages() for rule in message.rules}
    assert named - set(built_in_rules()) == set()


@pytest.mark.parametrize("rule", sorted(built_in_rules()))
def test_what_a_rule_says_that_it_prevents_leads_back_to_it(rule: str) -> None:
    found = logs.recognise_line(built_in_rules()[rule].prevents)
    # This one is about what hides a message.
    assert not found or rule == "swallowed-gpu-error" or any(rule in known.message.rules for known in found)


@pytest.mark.parametrize("page", sorted((PROJECT / "rules").glob("*-*.md")), ids=lambda page: page.stem)
def test_the_output_on_a_page_leads_back_to_it(page: Path) -> None:
    for output in re.findall(r"^```(?:text output|console)\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S):
        found = logs.recognise(output)
        assert not found or any(page.stem in known.message.rules for known in found), output


def test_an_entry_is_what_a_parser_of_toml_reads() -> None:
    path = Path(logs.__file__).parent / "facts" / "messages.toml"
    written = tomllib.loads(path.read_text("utf-8"))
    assert list(written) == [message.name for message in messages()]
    for message in messages():
        for key, value in written[message.name].items():
            assert getattr(message, key) == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize(
    ("frames", "name"),
    [
        ("res = worker.res_queue.get()", "cuda-result"),
        ('File "transformers/core_model_loading.py", line 3, in _materialize_copy', "cuda-of-device-map"),
        ('File "gradio/queueing.py", line 3, in process_events', "cuda-in-handler"),
        ('File "app.py", line 3, in <module>', "cuda-at-import"),
        ('File "app.py", line 3, in something', "cuda-in-main-process"),
    ],
)
def test_a_traceback_says_where_cuda_was_reached(frames: str, name: str) -> None:
    text = f"Traceback (most recent call last):\n  {frames}\nRuntimeError: Low-level CUDA init (`torch._C._cuda_init`)"
    assert names(f"{text} reached. This means more.\nCheck this stacktrace to locate the trigger.\n") == [name]


def test_a_traceback_tells_arguments_from_results() -> None:
    assert names(ARGUMENT) == ["unpicklable-argument"]
    assert names(RESULT) == ["unpicklable-result"]


def test_without_its_traceback_a_common_message_says_what_it_rests_on() -> None:
    assert logs.recognise("NotImplementedError\n")[0].unproven
    assert "if: its traceback" in zerolint("explain", "NotImplementedError")[1]
    elsewhere = 'Traceback (most recent call last):\n  File "app.py", line 1, in f\n    raise X\nNotImplementedError\n'
    assert names(elsewhere) == []
    assert names("one\ntwo\nthree\nNotImplementedError\n") == []
    assert names(elsewhere.replace("app.py", "x/spaces/zero/decorator.py")) == ["async-gpu-function"]


def test_code_that_a_traceback_quotes_is_no_message() -> None:
    text = (
        'Traceback (most recent call last):\n  File "spaces/zero/client.py", line 259, in schedule\n'
        '    raise error("ZeroGPU client error", "No GPU was available")\nSomeError: something else\n'
    )
    assert names(text) == []
    assert names(text.replace("something else", "No GPU was available")) == ["no-gpu-available"]


def test_of_several_messages_the_cause_comes_first() -> None:
    log = (
        "ZeroGPU recommends bitsandbytes >= 0.46.0\n"
        "GPU task aborted\n"
        "\n"
        "CUDA error: no kernel image is available for execution on the device\n"
        "QueueError: Queue is full! Please try again.\n"
    )
    assert names(log) == ["no-kernel-image", "queue-full", "task-aborted", "bitsandbytes-legacy"]


def test_of_chained_tracebacks_the_last_decides() -> None:
    chain = (
        'Traceback (most recent call last):\n  File "socket.py", line 1, in x\n    y\n'
        "socket.gaierror: [Errno -2] Name or service not known\n\n"
        "The above exception was the direct cause of the following exception:\n\n"
        'Traceback (most recent call last):\n  File "transformers/utils/hub.py", line 1, in x\n    y\n'
        "OSError: We couldn't connect to 'https://huggingface.co' to load the files\n"
    )
    assert names(chain) == ["hub-unreachable", "name-resolution"]
    apart = chain.replace("The above exception was the direct cause of the following exception:", "next")
    assert names(apart) == ["name-resolution", "hub-unreachable"]


def test_a_message_is_told_once_with_its_first_place() -> None:
    found = logs.recognise("one\nNo GPU was available\ntwo\nno gpu was available\n")
    assert [(known.line, known.times) for known in found] == [(2, 2)]


def test_a_title_says_nothing_beside_its_message() -> None:
    text = "ZeroGPU quota exceeded\nYou have exceeded your free ZeroGPU quota (60s requested vs. 30s left).\n"
    assert names(text) == ["quota-exceeded"]


@pytest.mark.parametrize(
    "line",
    [
        "\x1b[31mNo GPU\x1b[0m was \x1b[1;4mavailable\x1b[m",
        "\x1b]8;;https://x\x07No GPU\x1b]8;;\x07 was available",
        "2026-11-21T06:00:00Z ERROR  No  GPU was\tavailable",
        'data: {"data":"\\u001b[31mNo GPU was available\\n","timestamp":"2026-11-21T06:00:00Z"}',
        "Downloading 10%\rDownloading 20%\rNo GPU was available\r",
        "‘No GPU was `available`’",
    ],
)
def test_colours_and_prefixes_do_not_matter(line: str) -> None:
    found = logs.recognise(f"first\r\n{line}\r\nlast\r\n")
    assert [known.message.name for known in found] == ["no-gpu-available"]
    assert found[0].line == 2
    assert "\x1b" not in found[0].text


@pytest.mark.parametrize("prefix", ["", "      ", "2026-11-21T06:00:00Z ", "[app] "])
def test_tracebacks_are_read_behind_prefixes(prefix: str) -> None:
    assert names("".join(f"{prefix}{line}\n" for line in RESULT.splitlines())) == ["unpicklable-result"]


def test_a_message_that_was_broken_into_lines_on_the_way_is_known() -> None:
    assert zerolint("explain", "The requested GPU duration (90s) is\n  larger than the maximum allowed")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "ValueError: boo",
        "something went wrong here",
        "",
        "Running on local URL:  x\n",
        # Others have quotas, tokens and bad days too.
        "openai.RateLimitError: You have exceeded your monthly quota; quota exceeded",
        "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://api.example.com/v1",
        'INFO:httpx:HTTP Request: POST https://api.example.com "HTTP/1.1 503 Service Unavailable"',
        "HTTPConnectionPool(host='127.0.0.1', port=8188): Max retries exceeded with url: /",
        "TypeError: f() takes 1 positional argument but 2 were given",
        "ModuleNotFoundError: No module named 'cv2'",
    ],
)
def test_what_is_not_known_is_not_guessed(text: str, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(text, "utf-8")
    code, out, err = zerolint("explain", str(log))
    assert (code, err) == (1, "")
    assert out.startswith("zerolint: no message that is known")
    code, out, _ = zerolint("explain", "--format", "json", str(log))
    assert (code, json.loads(out)["messages"]) == (1, [])


def test_a_file_and_standard_input_are_read(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    log.write_text("one\n\x1b[31mGPU task aborted\x1b[0m\n", "utf-8")
    code, out, err = zerolint("explain", str(log))
    assert (code, err) == (0, "")
    assert f"--> {log}:2" in out
    code, out, _ = zerolint("explain", "-", text=log.read_text("utf-8"))
    assert code == 0
    assert "--> standard input:2" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("spaces-pined",), "did you mean `spaces-pinned`"),
        (("ZG9999",), "no rule has the name or code `ZG9999`"),
        (("no-such.log",), "no-such.log: no such file or folder"),
        (("logs/of/yesterday",), "logs/of/yesterday: no such file or folder"),
        (("/",), "/: cannot be read: Is a directory"),
        (("  ",), "there is nothing to explain"),
        (("ZG001", "--format", "json"), "`spaces-import-fallback` is a rule"),
        (("GPU task aborted", "--space", "no-such-space"), "no-such-space: no such file or folder"),
    ],
)
def test_what_is_neither_is_said(arguments: tuple[str, ...], says: str) -> None:
    code, out, err = zerolint("explain", *arguments)
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"GPU task aborted\0\x01\x02", "is no text"),
        (bytes(range(128, 256)) * 20, "is no text in UTF-8"),
        (b"x" * (logs.SIZE_LIMIT + 1), "larger than 10 MB"),
    ],
)
def test_a_file_that_is_no_log_is_said(content: bytes, says: str, tmp_path: Path) -> None:
    log = tmp_path / "core"
    log.write_bytes(content)
    code, out, err = zerolint("explain", str(log))
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_a_log_of_powershell_and_one_with_stray_bytes_are_read(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    for content in ("GPU task aborted\r\n".encode("utf-16"), b"\xef\xbb\xbfGPU task aborted \xe9\xff\n" + b"x" * 99):
        log.write_bytes(content)
        assert zerolint("explain", str(log))[0] == 0


def test_the_time_grows_with_the_size_and_nothing_else() -> None:
    for piece in ("Can't pickle ", "ZeroGPU ", "Traceback (most recent call last):\n", "\x1b[0", "\x1b]", "a\n"):
        text = piece * (1_000_000 // len(piece))
        began = time.process_time()
        logs.recognise(text)
        assert time.process_time() - began < 5, piece


def test_what_a_terminal_would_act_on_is_shown_escaped(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("GPU task aborted \x07\x1b \u202e\n", "utf-8")
    code, out, _ = zerolint("explain", str(log))
    assert code == 0
    assert "\\x07" in out
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", out)


SPACE = {
    "README.md": "---\nsdk: gradio\npython_version: 3.12.12\n---\n",
    "requirements.txt": "spaces==0.42.1\n",
    "app.py": (
        "import gradio as gr\nimport spaces\n\n\n"
        "@spaces.GPU(duration=10)\ndef make(text):\n    return lambda: text\n\n\n"
        'gr.Interface(make, "text", "text").launch()\n'
    ),
}


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in SPACE.items():
        (tmp_path / "space" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "space" / name).write_text(text, "utf-8")
    return Path("space")


def test_the_lines_of_a_space_that_are_the_likely_cause_are_told(space: Path) -> None:
    Path("run.log").write_text(RESULT, "utf-8")
    code, out, err = zerolint("explain", "run.log", "--space", str(space))
    assert (code, err) == (0, "")
    assert re.search(r"^    space/app\.py:7:\d+: ZG041 ", out, re.MULTILINE)
    # Only the rules that the message names are run.
    assert "ZG009" not in out
    code, out, _ = zerolint("explain", "run.log", "--space", str(space), "--format", "json")
    message = json.loads(out)["messages"][0]
    assert [(finding["code"], finding["path"]) for finding in message["findings"]] == [("ZG041", "space/app.py")]
    assert message["rules"][0]["code"] == "ZG041"
    assert json.loads(zerolint("explain", "run.log", "--format", "json")[1])["messages"][0]["findings"] is None


def test_the_answer_in_the_guide_is_the_real_one(space: Path) -> None:
    space.rename("my-space")
    log = RESULT.replace("cannot pickle '_thread.lock' object", "Can't pickle local object 'make.<locals>.<lambda>'")
    Path("run.log").write_text(log, "utf-8")
    out = zerolint("explain", "--space", "my-space", "run.log")[1]
    guide = (PROJECT / "docs" / "guide.md").read_text("utf-8")
    assert f"```text\n{out}```\n" in guide


def test_rules_that_find_nothing_are_said_to(space: Path) -> None:
    out = zerolint("explain", "daemonic processes are not allowed to have children", "--space", str(space))[1]
    assert "these rules find nothing in the Space" in out
    out = zerolint("explain", "No GPU was available", "--space", str(space))[1]
    assert "= not your code: the platform is at fault" in out
    assert "likely cause" not in out


def test_a_folder_without_a_space_is_said(tmp_path: Path) -> None:
    code, _, err = zerolint("explain", "GPU task aborted", "--space", str(tmp_path))
    assert code == 2
    assert "no Space found" in err


def test_a_message_is_explained_without_what_a_check_needs() -> None:
    program = (
        "import sys\nfrom zerolint.cli import main\ntry:\n    main(['explain', 'GPU task aborted'])\n"
        "except SystemExit as stop:\n    assert not stop.code\n"
        "print(sorted({'libcst', 'rich', 'yaml', 'tomllib'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
