"""On-chain parameters: the derivation's vectors, the frozen tables, and the two nodes in a real ComfyUI."""

import hashlib
import io
import json
import urllib.error

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.chain import keccak
from pixart_nodes.chain.keccak import keccak256
from pixart_nodes.chain.parameters import CHAIN_TABLES, Numbers, derive, palette, parameters, seed_bytes
from pixart_nodes.errors import SeedError
from pixart_nodes.pixel.color.spaces import oklab

FROZEN = "c89e55530eb09ea460a8d0fb75bec7c6639a4245a77ca6731212ea9964ff9826"
ALEAART = "1e790e8d3cad6cc7e1bf7621d0de4d909b05b2c58c5636b29a77f3aa47818957"
MINTED = "d47e454148de60d67f9f29fc33a7a78ccc400a82cfeebf7fe4df16011d78a4eb"
# Computed with pycryptodome's Keccak from a reading of EntropyArtParamsV2.sol.
VECTORS = {
    "00" * 32: (0, 0, 4, 2, 46, 112, 700002047, 8),
    "00" * 31 + "01": (1, 0, 1, 4, 19, 134, 1925383500, 15),
    "ff" * 32: (3, 5, 1, 1, 54, 146, 1767166092, 15),
    ALEAART: (3, 3, 4, 4, 34, 178, 2039924479, 14),
    MINTED: (11, 4, 2, 0, 64, 101, 1588127069, 11),
}
SAMPLE = (
    "retrofuturism bodywear, primitive, vintage, intricate detail, digital art, digital painting, concept art, poster, "
    "award winning, max detail, 8k, ultra realistic, square, 1:1 | max detail | 8k"
)
ZERO = Numbers(0, 0, 0, 0, 30, 75, 0, 0)
INDICES = {"prompt_index": 12, "style_index": 10, "sampler_index": 6, "aspect_index": 5, "palette_id": 24}
PALETTES = range(24)


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"aleaart", ALEAART),
        (b"salt", "a05e334153147e75f3f416139b5109d1179cb56fef6a4ecb4c4cbc92a7c37b70"),
    ],
)
def test_keccak_gives_the_known_digests(data, digest):
    assert keccak256(data).hex() == digest


def test_a_token_seed_is_the_keccak_of_number_token_and_salt():
    words = (7).to_bytes(32, "big") + (1).to_bytes(32, "big") + keccak256(b"salt")
    assert keccak256(words).hex() == MINTED


@pytest.mark.trap(23)
@pytest.mark.parametrize("length", [0, 32, 64, 135, 136, 137, 272])
def test_keccak_is_not_sha3_but_differs_by_the_padding_alone(length):
    data = bytes(n % 251 for n in range(length))
    assert keccak256(data) != hashlib.sha3_256(data).digest()
    # With SHA3's padding the same permutation must be Python's SHA3, at every boundary of a block of 136 bytes.
    assert _with_padding(data, 0x06) == hashlib.sha3_256(data).digest()


def _with_padding(data, first):
    """keccak256 where the byte after the data is `first`: absorb the padded blocks, with the module's permutation."""
    padded = bytearray(data) + bytes(136 - len(data) % 136)
    padded[len(data)] ^= first
    padded[-1] ^= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), 136):
        block = np.frombuffer(bytes(padded[start : start + 136]), "<u8").tolist()
        lanes = keccak._permuted([a ^ b for a, b in zip(lanes, block + [0] * 8, strict=True)])
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


@pytest.mark.parametrize(("seed", "numbers"), VECTORS.items())
def test_a_seed_gives_the_contracts_numbers(seed, numbers):
    assert derive(bytes.fromhex(seed)) == numbers


@pytest.mark.parametrize("text", ["0x" + ALEAART, " 0X" + ALEAART.upper() + "\n"])
def test_a_seed_is_read_in_either_case_and_with_space_around_it(text):
    assert seed_bytes(text).hex() == ALEAART


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "0 digits and no 0x"),
        ("0x", "0 digits"),
        (ALEAART, "64 digits and no 0x"),
        ("0x" + ALEAART[1:], "63 digits"),
        ("0x" + ALEAART + "00", "66 digits"),
        ("0x" + "g" * 64, "not a hex digit"),
        ("0x" + "١" * 64, "not a hex digit"),
    ],
)
def test_what_is_no_seed_is_refused_with_the_reason(text, why):
    with pytest.raises(SeedError, match=why) as error:
        seed_bytes(text)
    assert "Write 0x and 64 hex digits" in str(error.value)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seed_of_another_length_is_refused(length):
    with pytest.raises(SeedError, match=f"this has {length}"):
        derive(bytes(length))


def test_the_tables_are_frozen():
    canonical = json.dumps(CHAIN_TABLES, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    assert digest == FROZEN, "tokens are drawn from v1.json for ever: make a v2.json instead of editing it"


def test_the_tables_have_as_many_items_as_the_contract_counts():
    assert {name: len(CHAIN_TABLES[name]) for name in ("prompts", "styles", "samplers", "aspects", "palettes")} == {
        "prompts": 12,
        "styles": 10,
        "samplers": 6,
        "aspects": 5,
        "palettes": 24,
    }


def test_the_first_prompt_is_the_documents_own_sample():
    assert parameters(ZERO).prompt == SAMPLE


def test_numbers_are_looked_up():
    p = parameters(derive(bytes.fromhex(ALEAART)))
    assert p.prompt == (
        "steampunk machinery, brass and copper, Victorian era, intricate detail, digital art, "
        "baroque, ornate, decorative, tall, 3:4 | max detail | 8k"
    )
    assert (p.sampler, p.sampler_name, p.scheduler) == ("DPM++ SDE", "dpmpp_sde", "normal")
    assert (p.width, p.height, p.steps, p.cfg, p.seed, p.palette_id) == (512, 683, 34, 17.8, 2039924479, 14)
    assert p.notes == ()


@pytest.mark.parametrize(
    ("index", "title", "name", "scheduler"),
    [
        (0, "DPM++ 2M Karras", "dpmpp_2m", "karras"),
        (1, "DPM++ SDE Karras", "dpmpp_sde", "karras"),
        (2, "Euler a", "euler_ancestral", "normal"),
        (3, "DPM++ 2M", "dpmpp_2m", "normal"),
        (4, "DPM++ SDE", "dpmpp_sde", "normal"),
        (5, "LMS", "lms", "normal"),
    ],
)
def test_a_sampler_has_automatic1111s_name_and_comfyuis(index, title, name, scheduler):
    p = parameters(ZERO._replace(sampler_index=index))
    assert (p.sampler, p.sampler_name, p.scheduler) == (title, name, scheduler)


@pytest.mark.trap(21)
@pytest.mark.parametrize(
    ("index", "size", "grid"),
    [
        (0, (512, 512), (128, 128)),
        (1, (1024, 576), (256, 144)),
        (2, (768, 1024), (192, 256)),
        (3, (1024, 448), (256, 112)),
        (4, (512, 683), (128, 171)),
    ],
)
def test_a_size_is_the_readmes_even_where_no_latent_has_it(index, size, grid):
    p = parameters(ZERO._replace(aspect_index=index))
    assert ((p.width, p.height), p.grid) == (size, grid)
    assert (p.height % 8 != 0) == (index == 4)


@pytest.mark.trap(20)
@pytest.mark.parametrize("field", INDICES)
@pytest.mark.parametrize("beyond", [0, 1, 200, None])
def test_an_index_out_of_range_is_item_0_and_said(field, beyond):
    wrong = -1 if beyond is None else INDICES[field] + beyond  # a link can bring what the widget refuses
    p = parameters(ZERO._replace(**{field: wrong}))
    first = parameters(ZERO)
    assert p.notes == (f"{field} {wrong} is not in 0..{INDICES[field] - 1}; 0 was used.",)
    assert (p.prompt, p.sampler, p.width, p.height) == (first.prompt, first.sampler, first.width, first.height)
    assert (p.palette_id, p.palette.hex()) == (0, first.palette.hex())


def test_every_index_out_of_range_has_its_note():
    notes = parameters(Numbers(12, 255, 6, 5, 30, 75, 0, 65535)).notes
    assert [note.split()[0] for note in notes] == list(INDICES)


@pytest.mark.parametrize("field", INDICES)
def test_the_last_item_of_a_table_is_in_range(field):
    assert parameters(ZERO._replace(**{field: INDICES[field] - 1})).notes == ()


@pytest.mark.trap(20)
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_zero_is_a_seed_and_cfg_comes_in_tenths(seed):
    p = parameters(ZERO._replace(latent_seed=seed, cfg=0))
    assert (p.seed, p.cfg) == (seed, 0.0)
    assert parameters(ZERO._replace(cfg=101)).cfg == 10.1


@pytest.mark.trap(22)
@pytest.mark.parametrize("number", PALETTES)
def test_a_palette_says_that_it_is_this_projects_own(number):
    made = palette(number)
    assert made.name == f"Pixart chain palette {number}: {CHAIN_TABLES['palettes'][number]['name']}"
    assert made.source.startswith("Pixart's own") and made.author == "Pixart"


@pytest.mark.parametrize("number", PALETTES)
def test_a_palette_has_8_to_16_colours_from_near_black_to_near_white(number):
    made = palette(number)
    light = oklab(made.colors)[:, 0]
    assert ["#" + color for color in made.hex()] == CHAIN_TABLES["palettes"][number]["colors"]
    assert 8 <= len(made) <= 16
    assert light[0] < 0.2 and light[-1] > 0.9 and (np.diff(light) >= 0).all()


def test_no_two_palettes_are_alike():
    assert len({row["name"] for row in CHAIN_TABLES["palettes"]}) == 24
    assert len({tuple(row["colors"]) for row in CHAIN_TABLES["palettes"]}) == 24


NAMES = list(Numbers._fields)
OUTPUTS = ["prompt", "negative", "sampler", "scheduler", "width", "height", "steps", "cfg", "seed", "palette"]
OUTPUTS += ["grid_width", "grid_height"]


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


def out(name):
    return ["chain", OUTPUTS.index(name)]


def derived(seed):
    """Chain Seed, with all of its eight numbers linked to Chain Parameters."""
    links = {name: ["derive", at] for at, name in enumerate(NAMES)}
    return {"derive": node("PixartChainDerive", seed="0x" + seed), "chain": node("PixartChainParameters", **links)}


def finished(comfy, prompt):
    entry = comfy.run(prompt, seconds=300)
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1]
    return entry["outputs"]


def drawing(sampler, **more):
    """A checkpoint, both texts from the chain, and a sampler on a latent image of the chain's size."""
    names = {"sampler_name": out("sampler"), "scheduler": out("scheduler"), "steps": out("steps"), "cfg": out("cfg")}
    wires = {"model": ["checkpoint", 0], "positive": ["yes", 0], "negative": ["no", 0], "latent_image": ["empty", 0]}
    size = {"width": out("width"), "height": out("height"), "generation_side": 64}
    return {
        "checkpoint": node("CheckpointLoaderSimple", ckpt_name="tiny_sd15.ckpt"),
        "yes": node("CLIPTextEncode", text=out("prompt"), clip=["checkpoint", 1]),
        "no": node("CLIPTextEncode", text=out("negative"), clip=["checkpoint", 1]),
        "size": node("PixartGenerationSize", **size),
        "empty": node("EmptyLatentImage", width=["size", 2], height=["size", 3], batch_size=1),
        "sampler": node(sampler, **names, **wires, seed=out("seed"), denoise=1.0, **more),
    }


OURS = {"arithmetic": "tail", "variation_seed": 0, "variation_strength": 0.0}


@pytest.mark.comfy
@pytest.mark.parametrize(("seed", "numbers"), VECTORS.items())
def test_the_nodes_report_what_the_numbers_stand_for(comfy, seed, numbers):
    p = parameters(Numbers(*numbers))
    assert finished(comfy, derived(seed))["chain"]["pixart"] == [
        {
            "prompt": p.prompt,
            "negative": p.negative,
            "sampler": p.sampler,
            "width": p.width,
            "height": p.height,
            "steps": numbers[4],
            "cfg": numbers[5] / 10,
            "seed": numbers[6],
            "palette": p.palette.name,
            "palette_id": numbers[7],
            "notes": [],
        }
    ]


@pytest.mark.comfy
def test_typed_numbers_do_as_well_and_notes_are_reported(comfy):
    typed = dict(zip(NAMES, (255, 0, 0, 0, 30, 75, 0, 65535), strict=True))
    (facts,) = finished(comfy, {"chain": node("PixartChainParameters", **typed)})["chain"]["pixart"]
    assert (facts["prompt"], facts["seed"], facts["palette_id"]) == (SAMPLE, 0, 0)
    assert [note.split()[0] for note in facts["notes"]] == ["prompt_index", "palette_id"]


@pytest.mark.comfy
@pytest.mark.parametrize("seed", ["", ALEAART, "0x12"])
def test_what_is_no_seed_is_refused_before_anything_runs(comfy, seed):
    prompt = derived(ALEAART)
    prompt["derive"]["inputs"]["seed"] = seed
    with pytest.raises(urllib.error.HTTPError) as error:
        comfy.post("/prompt", {"prompt": prompt})
    assert "Write 0x and 64 hex digits" in error.value.read().decode()


@pytest.mark.comfy
@pytest.mark.trap(21)
def test_a_seed_becomes_pixel_art_in_its_palette(comfy):
    """Seed -> numbers -> sampler -> picture of 512 x 683, which no latent has -> pixels of 4 x 4 -> palette -> file."""
    grid = {"width": out("grid_width"), "height": out("grid_height"), "method": "k-centroid", "fit": "stretch"}
    mapping = {"metric": "oklab", "dither": "none", "strength": 1.0, "serpentine": True, "alpha_threshold": 0.5}
    drawn = drawing("PixartSampler", **OURS)
    drawn["sampler"]["inputs"]["steps"] = 3  # of 34, for the time it takes; the next test takes all of its own
    outputs = finished(
        comfy,
        {
            **derived(ALEAART),
            **drawn,
            "image": node("VAEDecode", samples=["sampler", 0], vae=["checkpoint", 2]),
            "fit": node("PixartFit", image=["image", 0], width=out("width"), height=out("height"), fit="cover"),
            "pixels": node("PixartDownscale", image=["fit", 0], **grid),
            "art": node("PixartQuantize", image=["pixels", 0], palette=out("palette"), **mapping),
            "save": node("SaveImage", images=["art", 0], filename_prefix="chain/art"),
            "full": node("SaveImage", images=["fit", 0], filename_prefix="chain/full"),
        },
    )
    art, full = (Image.open(io.BytesIO(comfy.output(outputs[key]["images"][0]))) for key in ("save", "full"))
    assert (art.size, full.size) == ((128, 171), (512, 683))
    used = {bytes(color[:3]).hex() for _, color in art.convert("RGBA").getcolors()}
    assert used <= set(palette(14).hex()) and len(used) > 1


@pytest.mark.comfy
def test_the_names_fit_the_menus_of_comfyuis_own_sampler_and_mean_the_same(comfy):
    seed = "00" * 31 + "01"  # 19 steps
    latents = {}
    for kind, more in {"KSampler": {}, "PixartSampler": OURS}.items():
        nodes = {**derived(seed), **drawing(kind, **more)}
        nodes["empty"] = node("EmptyLatentImage", width=64, height=64, batch_size=1)
        nodes["save"] = node("SaveLatent", samples=["sampler", 0], filename_prefix=f"latents/chain-{kind}")
        latents[kind] = comfy.output(finished(comfy, nodes)["save"]["latents"][0])
    assert _samples(latents["KSampler"]) == _samples(latents["PixartSampler"])


def _samples(data):
    """The tensor's bytes of a safetensors file, without its header, which holds the prompt."""
    return data[8 + int.from_bytes(data[:8], "little") :]


@pytest.mark.comfy
def test_a_samplers_name_is_no_width(comfy):
    prompt = {**derived(ALEAART), "empty": node("EmptyLatentImage", width=out("sampler"), height=64, batch_size=1)}
    prompt["save"] = node("SaveLatent", samples=["empty", 0], filename_prefix="latents/none")
    # Chain Parameters is an output node too, so ComfyUI runs it and reports the rest.
    errors = comfy.post("/prompt", {"prompt": prompt})["node_errors"]
    assert [error["type"] for error in errors["empty"]["errors"]] == ["return_type_mismatch"]


@pytest.mark.comfy
def test_a_name_over_a_link_is_checked_when_it_arrives(comfy):
    prompt = {**derived("00" * 32), **drawing("PixartSampler", **OURS)}
    prompt["sampler"]["inputs"] |= {"sampler_name": out("scheduler"), "steps": 1}
    prompt["save"] = node("SaveLatent", samples=["sampler", 0], filename_prefix="latents/none")
    status = comfy.run(prompt)["status"]
    assert status["status_str"] == "error"
    assert "Sampler 'normal' is unknown" in status["messages"][-1][1]["exception_message"]


@pytest.mark.comfy
def test_the_editor_sees_a_menus_type_and_a_seed_that_can_roll(comfy):
    info = comfy.object_info["PixartChainParameters"]
    assert dict(zip(OUTPUTS, info["output"], strict=True)) | {"palette": ""} == {
        "prompt": "STRING",
        "negative": "STRING",
        "sampler": "COMBO",
        "scheduler": "COMBO",
        "cfg": "FLOAT",
        **dict.fromkeys(("width", "height", "steps", "seed", "grid_width", "grid_height"), "INT"),
        "palette": "",
    }
    shown = info["input"]["required"]
    assert shown["latent_seed"][1]["control_after_generate"] is True
    most = {name: shown[name][1]["max"] for name in NAMES}
    assert list(most.values()) == [255] * 4 + [65535, 65535, 2**32 - 1, 65535]
