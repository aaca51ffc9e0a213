"""Which precision is chosen, and that weights and outputs are float32 in all."""

import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tiny import SIZE

from pyimagesearch.errors import UserError
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.training import hardware as module
from pyimagesearch.training.hardware import choose_precision

OLD = "fpu sse avx512f"
BFLOAT16 = "mixed_bfloat16"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Simulate a machine with some GPUs and a CPU."""

    def simulate(*capabilities, cpu=OLD):
        details = {
            number: {} if capability is None else {"compute_capability": capability}
            for number, capability in enumerate(capabilities)
        }
        configuration = module.tf.config
        monkeypatch.setattr(
            configuration, "list_physical_devices", lambda _: list(details)
        )
        monkeypatch.setattr(
            configuration.experimental, "get_device_details", details.get
        )
        (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags\t\t: {cpu}\n")
        monkeypatch.setattr(module, "CPU_INFO", tmp_path / "cpuinfo")

    return simulate


@pytest.mark.parametrize(
    ("capabilities", "policy"),
    [
        ([(9, 0)], "mixed_bfloat16"),
        ([(8, 0)], "mixed_bfloat16"),
        ([(7, 5)], "mixed_float16"),
        ([(7, 0)], "mixed_float16"),
        ([(6, 1)], "float32"),
        ([None], "float32"),  # not an NVIDIA GPU
        ([(9, 0), (7, 0)], "mixed_float16"),  # both support it
    ],
)
def test_gpu_gets_the_precision_that_it_supports(machine, capabilities, policy):
    machine(*capabilities, cpu="avx512_bf16")
    assert choose_precision("auto", (64, 64), "tutorial")[0] == policy


@pytest.mark.parametrize(
    ("cpu", "size", "policy", "reason"),
    [
        ("fpu avx512_bf16", (256, 256), BFLOAT16, "avx512_bf16.* 1.68 .* 256 px"),
        ("fpu avx512_bf16", (512, 512), BFLOAT16, "avx512_bf16.* 1.68 .* 256 px"),
        ("fpu avx512_bf16", (112, 512), BFLOAT16, "avx512_bf16.* 1.74 .* 128 px"),
        ("fpu avx512_bf16", (90, 90), BFLOAT16, "avx512_bf16.* 1.55 .* 64 px"),
        ("fpu avx512_bf16", (91, 91), BFLOAT16, "avx512_bf16.* 1.74 .* 128 px"),
        ("fpu avx512_bf16", (32, 96), "float32", "not measured below 64 px .*avx512"),
        ("fpu amx_bf16", (80, 80), "float32", "not measured below 96 px on .*amx_bf16"),
        ("avx512_bf16 amx_bf16", (128, 512), BFLOAT16, "amx_bf16.* 2.64 .* 128 px"),
        ("avx512_bf16 amx_bf16", (96, 96), BFLOAT16, "amx_bf16.* 2.78 .* 96 px"),
        (OLD, (256, 256), "float32", "this CPU does not support bfloat16"),
        ("avx512_bf16x", (256, 256), "float32", "this CPU does not support bfloat16"),
    ],
)
def test_cpu_gets_bfloat16_if_that_is_faster(machine, cpu, size, policy, reason):
    machine(cpu=cpu)
    chosen, found = choose_precision("auto", size, "tutorial")
    assert chosen == policy
    assert re.search(reason, found), found


@pytest.mark.parametrize(
    ("side", "policy"), [(32, "float32"), (64, "float32"), (128, BFLOAT16)]
)
def test_bfloat16_must_be_a_tenth_faster(machine, monkeypatch, side, policy):
    speedups = {"avx512_bf16": {"tutorial": {64: 1.09, 128: 1.1}}}
    monkeypatch.setattr(module, "BFLOAT16_SPEEDUPS", speedups)
    machine(cpu="avx512_bf16")
    assert choose_precision("auto", (side, side), "tutorial")[0] == policy


def test_a_network_has_its_own_speedups(machine, monkeypatch):
    """One that is not measured on such CPUs is taken to gain what the tutorial's do."""
    speedups = {"amx_bf16": {"tutorial": {64: 2.0}, "paper": {64: 1.0, 128: 1.2}}}
    monkeypatch.setattr(module, "BFLOAT16_SPEEDUPS", speedups)
    machine(cpu="amx_bf16")
    found = {
        network: choose_precision("auto", (64, 64), network)
        for network in ("tutorial", "paper", "residual")
    }
    assert found["tutorial"][0] == found["residual"][0] == BFLOAT16
    assert found["paper"][0] == "float32"
    assert found["residual"][1] == found["tutorial"][1]
    assert found["residual"][1].endswith("measured with --network tutorial at 64 px")
    assert found["paper"][1].endswith("measured with --network paper at 64 px")


def test_the_speedups_are_those_of_the_documentation():
    text = (REPOSITORY / "docs" / "performance.md").read_text(encoding="utf-8")
    row = r"^\| `(\w+)` \| `(\w+)` \| (\d+) \| ([\d.]+) \|"
    documented = {}
    for flag, network, side, speedup in re.findall(row, text, re.MULTILINE):
        by_network = documented.setdefault(flag, {})
        by_network.setdefault(network, {})[int(side)] = float(speedup)
    assert documented == module.BFLOAT16_SPEEDUPS


def test_unknown_cpu_gets_float32(machine, monkeypatch, tmp_path):
    machine()
    monkeypatch.setattr(module, "CPU_INFO", tmp_path / "none")
    assert choose_precision("auto", (256, 256), "tutorial")[0] == "float32"


def test_requested_precision_is_used(machine):
    machine(cpu="avx512_bf16")
    assert choose_precision("float32", (256, 256), "tutorial") == (
        "float32",
        "set by --precision",
    )
    assert (
        choose_precision("mixed_bfloat16", (32, 32), "tutorial")[0] == "mixed_bfloat16"
    )


def test_float16_requires_a_gpu(machine):
    machine()
    with pytest.raises(UserError, match="--precision mixed_float16 requires a GPU"):
        choose_precision("mixed_float16", (256, 256), "tutorial")
    machine((7, 0))
    assert (
        choose_precision("mixed_float16", (256, 256), "tutorial")[0] == "mixed_float16"
    )


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_weights_and_outputs_are_float32(precision, policy):
    precision(policy)
    networks = Pix2Pix(SIZE, SIZE)
    generator, discriminator = networks.generator(), networks.discriminator()
    compute = {layer.compute_dtype for layer in generator.layers[1:-1]}
    assert compute == {policy.removeprefix("mixed_")}
    for network in (generator, discriminator):
        assert {weight.dtype for weight in network.weights} == {"float32"}
    image = np.zeros((1, SIZE, SIZE, 3), np.float32)
    assert generator(image).dtype == tf.float32
    assert discriminator([image, image]).dtype == tf.float32
