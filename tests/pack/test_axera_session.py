"""A model file is opened by the library for its kind, strict about what goes in; what is missing is said in words."""

import sys
import threading

import numpy as np
import pytest
import tiny_axera
from pixart_nodes.axera import runtimes, session
from pixart_nodes.axera.session import Network, libraries, lock, open_network
from pixart_nodes.errors import AxeraError

CARD, BOARD = "AXCLRTExecutionProvider", "AxEngineExecutionProvider"
TEXT = "sd15_text_encoder_sim"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The tiny model by the suffix of its files."""
    root = tmp_path_factory.mktemp("tiny")
    return {suffix: tiny_axera.make(root / suffix[1:], suffix=suffix) for suffix in tiny_axera.SUFFIXES}


@pytest.fixture
def npu():
    with tiny_axera.standing_in():
        yield


@pytest.fixture
def away(monkeypatch):
    """A library that isn't installed."""

    def go(name):
        monkeypatch.setitem(sys.modules, name, None)

    return go


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """PCI slots and the driver's device file of a machine that a test sets up."""
    monkeypatch.setattr(runtimes, "_PCI", tmp_path / "pci")
    monkeypatch.setattr(runtimes, "_HOST", tmp_path / "axcl_host")
    return tmp_path


def card_in(machine):
    for slot, vendor, device in (("0000:00:00.0", "0x14e4", "0x2712"), ("0001:01:00.0", "0x1f4b", "0x0650")):
        folder = machine / "pci" / slot
        folder.mkdir(parents=True)
        (folder / "vendor").write_text(vendor + "\n")
        (folder / "device").write_text(device + "\n")


def text_encoder(folders, suffix):
    return folders[suffix] / "text_encoder" / f"{TEXT}{suffix}"


def unet_values():
    rng = np.random.default_rng(0)
    shapes = {"sample": (1, 4, 8, 8), tiny_axera.TIME: (1, 1280), "encoder_hidden_states": (1, 77, 768)}
    return {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.mark.usefixtures("npu")
@pytest.mark.parametrize(("suffix", "ids"), [(".onnx", np.int64), (".axmodel", np.int32)])
def test_a_network_says_what_it_takes_and_answers(folders, suffix, ids):
    network = open_network(text_encoder(folders, suffix))
    assert [(t.name, t.dtype, t.shape) for t in network.inputs] == [("input_ids", np.dtype(ids), (1, 77))]
    assert [str(t) for t in network.outputs] == ["last_hidden_state float32 [1, 77, 768]"]
    network.close()


@pytest.mark.usefixtures("npu")
@pytest.mark.parametrize("suffix", tiny_axera.SUFFIXES)
@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.int64, np.float64])
def test_ids_are_cast_to_what_the_model_declares(folders, suffix, dtype):
    network = open_network(text_encoder(folders, suffix))
    found = network.answer(np.arange(77).reshape(1, 77).astype(dtype))
    assert (found.dtype, found.shape) == (np.float32, (1, 77, 768))
    np.testing.assert_array_equal(found[0, 5], found[0, 69])  # rows of numbers modulo 64
    network.close()


@pytest.mark.usefixtures("npu")
@pytest.mark.parametrize("suffix", tiny_axera.SUFFIXES)
def test_values_of_another_dtype_or_order_in_memory_give_the_same(folders, suffix):
    network, values = open_network(folders[suffix] / f"unet{suffix}"), unet_values()
    expected = network(**values)
    assert np.ptp(expected) > 1
    columns = {name: np.asfortranarray(value) for name, value in values.items()}
    assert not columns["sample"].flags.c_contiguous
    doubles = {name: value.astype(np.float64) for name, value in values.items()}
    spread = {name: np.repeat(value, 2, -1)[..., ::2] for name, value in values.items()}
    for others in (columns, doubles, spread):
        np.testing.assert_array_equal(network(**others), expected)
    network.close()


@pytest.mark.usefixtures("npu")
@pytest.mark.parametrize("suffix", tiny_axera.SUFFIXES)
def test_a_value_of_another_shape_is_refused_with_file_input_wanted_and_got(folders, suffix):
    network = open_network(folders[suffix] / f"unet{suffix}")
    wrong = unet_values() | {"sample": np.zeros((1, 4, 8, 9), np.float32)}
    with pytest.raises(AxeraError, match=rf"unet\{suffix} wants sample .*\[1, 4, 8, 8\], and got \[1, 4, 8, 9\]"):
        network(**wrong)
    with pytest.raises(AxeraError, match=r"wants the inputs sample, .*, and got sample\."):
        network(sample=wrong["sample"])
    with pytest.raises(AxeraError, match=r"and got .*negative"):
        network(**unet_values(), negative=wrong["sample"])
    network.close()


@pytest.mark.usefixtures("npu")
@pytest.mark.parametrize("suffix", tiny_axera.SUFFIXES)
def test_an_answer_that_is_no_number_is_an_error(tmp_path, suffix):
    tiny_axera.unet(tmp_path / f"unet{suffix}", 64, 64, broken=True)
    network = open_network(tmp_path / f"unet{suffix}")
    with pytest.raises(AxeraError, match=r"unet.* no numbers"):
        network(**unet_values())
    network.close()


@pytest.mark.usefixtures("npu")
@pytest.mark.parametrize("suffix", tiny_axera.SUFFIXES)
def test_a_closed_network_says_so_and_closes_twice(folders, suffix):
    network = open_network(text_encoder(folders, suffix))
    network.close()
    network.close()
    with pytest.raises(AxeraError, match="has been unloaded"):
        network.answer(np.zeros((1, 77)))


@pytest.mark.usefixtures("npu")
def test_closing_frees_the_card_even_from_another_thread(folders):
    networks = [open_network(text_encoder(folders, ".axmodel")) for _ in range(2)]
    card = sys.modules["axengine._axclrt"]
    assert len(card.on_card) == 2
    thread = threading.Thread(target=networks[0].close)
    thread.start()
    thread.join()
    assert len(card.on_card) == 1
    networks[1].close()
    assert not card.on_card and len(card._all_model_instances) == 2


@pytest.mark.usefixtures("npu")
@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", b"nonsense"])
@pytest.mark.parametrize("suffix", tiny_axera.SUFFIXES)
def test_a_file_that_is_no_model_is_refused_by_its_name(tmp_path, suffix, content):
    path = tmp_path / f"unet{suffix}"
    path.write_bytes(content)
    expected = {b"": "is empty", b"nonsense": "can't load"}.get(content, "only a pointer of Git LFS")
    with pytest.raises(AxeraError, match=f"{expected}") as caught:
        open_network(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("suffix", tiny_axera.SUFFIXES)
def test_a_missing_file_is_named(tmp_path, suffix):
    with pytest.raises(AxeraError, match=rf"unet\{suffix} can't be read: No such file"):
        open_network(tmp_path / f"unet{suffix}")


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "unet.gguf").write_bytes(b"GGUF")
    with pytest.raises(AxeraError, match=r"choose an \.axmodel"):
        open_network(tmp_path / "unet.gguf")


@pytest.mark.parametrize(
    ("suffix", "name", "way"), [(".onnx", "onnxruntime", "pip install onnx"), (".axmodel", "axengine", "pip install h")]
)
def test_without_the_library_its_installation_is_explained(folders, away, suffix, name, way):
    away(name)
    with pytest.raises(AxeraError, match=f"{name}, which isn't installed.*{way}"):
        open_network(text_encoder(folders, suffix))


def test_without_a_driver_the_driver_is_asked_for(folders, machine):
    with tiny_axera.standing_in(AXENGINE_STANDIN_PROVIDERS=""):
        with pytest.raises(AxeraError, match=r"neither libaxcl_rt .*driver package isn't installed.*axclhost"):
            open_network(text_encoder(folders, ".axmodel"))
        card_in(machine)
        with pytest.raises(AxeraError, match=r"/dev/axcl_host is missing.*modprobe axcl_host"):
            open_network(text_encoder(folders, ".axmodel"))


def test_a_library_that_lacks_another_names_it(folders, tmp_path, monkeypatch):
    (tmp_path / "axengine.py").write_text("import cffi_that_is_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "axengine", raising=False)
    with pytest.raises(AxeraError, match="axengine needs cffi_that_is_not_there"):
        open_network(text_encoder(folders, ".axmodel"))


@pytest.mark.parametrize(
    ("provider", "device", "why"), [(CARD, 2, "out of range, total 2"), (BOARD, 1, "a board's own NPU is device 0")]
)
def test_a_device_that_is_not_there_is_refused(folders, provider, device, why):
    with (
        tiny_axera.standing_in(AXENGINE_STANDIN_PROVIDERS=provider, AXENGINE_STANDIN_DEVICES="2"),
        pytest.raises(AxeraError, match=f"on device {device}: .*{why}"),
    ):
        open_network(text_encoder(folders, ".axmodel"), device)


@pytest.mark.parametrize(("provider", "device"), [(CARD, 0), (CARD, 1), (BOARD, 0), (f"{BOARD},{CARD}", 0)])
def test_a_device_that_is_there_runs(folders, provider, device):
    with tiny_axera.standing_in(AXENGINE_STANDIN_PROVIDERS=provider, AXENGINE_STANDIN_DEVICES="2"):
        network = open_network(text_encoder(folders, ".axmodel"), device)
        assert network.answer(np.zeros((1, 77))).shape == (1, 77, 768)
        assert network._session._sess._thread_context == [device + 1]
        network.close()


def test_importing_the_library_prints_nothing_and_keeps_what_it_said(machine, capfd):
    with tiny_axera.standing_in():
        found = libraries()["axengine"]
    assert capfd.readouterr().out == ""
    assert found == {
        "version": "0.1.3",
        "providers": [CARD],
        "devices": [],
        "said": "[INFO] Available providers:  ['AXCLRTExecutionProvider']",
        "trouble": None,
    }


def test_the_report_says_what_is_there_and_what_is_missing(machine, away):
    away("axengine")
    card_in(machine)
    found = libraries()
    assert found["axengine"]["devices"] == ["0001:01:00.0 (1f4b:0650)"]
    assert "isn't installed" in found["axengine"]["trouble"]
    assert found["onnxruntime"]["trouble"] is None and "CPUExecutionProvider" in found["onnxruntime"]["providers"]
    assert found["onnxruntime"]["version"]
    away("onnxruntime")
    assert "pip install onnxruntime" in libraries()["onnxruntime"]["trouble"]


def test_the_report_sees_a_card_without_its_driver(machine):
    card_in(machine)
    with tiny_axera.standing_in():
        assert "/dev/axcl_host is missing" in libraries()["axengine"]["trouble"]
        (machine / "axcl_host").touch()
        found = libraries()["axengine"]
    assert found["trouble"] is None
    assert found["devices"] == ["0001:01:00.0 (1f4b:0650)", str(machine / "axcl_host")]


def test_a_broken_library_is_reported_and_not_raised(machine, tmp_path, monkeypatch):
    (tmp_path / "axengine.py").write_text("raise OSError('libaxcl_rt.so: wrong ELF class')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "axengine", raising=False)
    assert "wrong ELF class" in libraries()["axengine"]["trouble"]


def test_a_device_has_one_lock_and_another_device_another():
    assert lock(0) is lock(0) and lock(0) is not lock(1)


class Node:
    """A tensor as onnxruntime describes it."""

    def __init__(self, type, shape):
        self.name, self.type, self.shape = "x", type, shape


@pytest.mark.parametrize(
    ("type", "dtype"),
    [("float", "f4"), ("float16", "f2"), ("double", "f8"), ("int32", "i4"), ("int64", "i8"), ("uint8", "u1")],
)
def test_onnx_types_are_understood_and_a_side_may_be_free(tmp_path, type, dtype):
    found = session._tensor(tmp_path / "a.onnx", Node(f"tensor({type})", [1, "batch", None]))
    assert (found.dtype, found.shape) == (np.dtype(dtype), (1, None, None))
    assert found.fits((1, 5, 9)) and not found.fits((2, 5, 9)) and not found.fits((1, 5))


def test_a_type_that_numpy_has_not_is_refused(tmp_path):
    with pytest.raises(AxeraError, match="x of a kind that can't be used"):
        session._tensor(tmp_path / "a.onnx", Node("seq(tensor(float))", [1]))


class Fake:
    """A session of one input and one output, for what no tiny model does."""

    def __init__(self, dtype):
        self.node = type("Node", (), {"name": "x", "dtype": np.dtype(dtype), "shape": [2]})

    def get_inputs(self):
        return [self.node]

    get_outputs = get_inputs

    def run(self, outputs, feed):
        self.fed = feed["x"]
        return [feed["x"]]


@pytest.mark.parametrize("dtype", ["f2", "u1", "u2"])
def test_a_quantised_input_gets_what_it_declares_and_floats_come_out(tmp_path, dtype):
    fake = Fake(dtype)
    found = Network(tmp_path / "a.axmodel", fake, lambda: None, ()).answer(np.array([1.0, 7.0]))
    assert fake.fed.dtype == np.dtype(dtype)
    assert (found.dtype, found.tolist()) == (np.float32, [1, 7])
