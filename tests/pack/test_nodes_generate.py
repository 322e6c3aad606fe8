"""The generation nodes against ComfyUI's own: where they promise the same, the same bit for bit."""

import io
import time
import urllib.error

import numpy as np
import pytest
import tiny_models
from PIL import Image
from safetensors.torch import load
from sketches import TREE
from torch import allclose, count_nonzero, equal

from bridge.comfy.blocking import BlockingComfy
from bridge.comfy.protocol import Address

pytestmark = pytest.mark.comfy

STEPS = 6
SEED = 2**40 + 7
DENOISES = (0.05, 0.5, 0.75, 0.99)
# Ancestral and SDE samplers draw noise on their way; dpm_2 and uni_pc drop a sigma; the schedules count differently.
SAMPLINGS = [
    ("euler", "normal"),
    ("euler_ancestral", "karras"),
    ("dpmpp_2m_sde", "exponential"),
    ("dpm_2", "simple"),
    ("uni_pc", "sgm_uniform"),
    ("ddim", "ddim_uniform"),
]
LORA = tiny_models.LORA.removeprefix("loras/")
UPSCALER = tiny_models.UPSCALER.removeprefix("upscale_models/")


def node(kind, **inputs):
    return {"class_type": kind, "inputs": {name: [v, 0] if name in LINKS else v for name, v in inputs.items()}}


# Inputs whose value is the name of the node before it.
LINKS = {"model", "clip", "vae", "positive", "negative", "latent_image", "samples", "pixels", "image", "images", "mask"}


@pytest.fixture(scope="module")
def graph(comfy):
    """What each test starts from: a checkpoint, two prompts, an empty latent and an encoded picture."""
    picture = Image.open(TREE).convert("RGB").resize((64, 64), Image.Resampling.BOX)
    data = io.BytesIO()
    picture.save(data, "PNG")
    comfy.put_input("generate/tree.png", data.getvalue())
    checkpoint = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "tiny_sd15.ckpt"}}
    return {
        "checkpoint": checkpoint,
        "yes": {"class_type": "CLIPTextEncode", "inputs": {"text": "a castle", "clip": ["checkpoint", 1]}},
        "no": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["checkpoint", 1]}},
        "empty": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "tree": node("LoadImage") | {"inputs": {"image": "generate/tree.png"}},
        "encoded": node("VAEEncode", pixels="tree") | {"inputs": {"pixels": ["tree", 0], "vae": ["checkpoint", 2]}},
    }


def sampling(kind, latent, **more):
    """A sampler node; ours and ComfyUI's share most inputs."""
    seed = "noise_seed" if kind == "KSamplerAdvanced" else "seed"
    own = {
        "KSampler": {"denoise": 1.0},
        "KSamplerAdvanced": {"add_noise": "enable", "end_at_step": 10000, "return_with_leftover_noise": "disable"},
        "PixartSampler": {"denoise": 1.0, "arithmetic": "tail", "variation_seed": 0, "variation_strength": 0.0},
    }[kind]
    common = {"steps": STEPS, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", seed: SEED}
    wires = {"model": "checkpoint", "positive": "yes", "negative": "no", "latent_image": latent}
    return node(kind, **{**wires, **common, **own, **more})


def latents(comfy, graph, **nodes):
    """Run the graph with these nodes in it; their first outputs as tensors, in order."""
    saves = {f"save {name}": node("SaveLatent", samples=name, filename_prefix=f"latents/{name}") for name in nodes}
    entry = finished(comfy, {**graph, **nodes, **saves})
    files = [comfy.output(entry["outputs"][save]["latents"][0]) for save in saves]
    return [load(data)["latent_tensor"] for data in files]


def pictures(comfy, graph, *names, **nodes):
    """Run the graph with these nodes in it; the pictures of the named ones, uint8 [B, H, W, C]."""
    saves = {f"save {name}": node("SaveImage", images=name, filename_prefix="generate") for name in names}
    entry = finished(comfy, {**graph, **nodes, **saves})
    return [
        np.stack([np.array(Image.open(io.BytesIO(comfy.output(one)))) for one in entry["outputs"][save]["images"]])
        for save in saves
    ]


def finished(comfy, prompt):
    entry = comfy.run(prompt)
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1]
    return entry


def refusal(comfy, prompt):
    """What ComfyUI says about a prompt that it doesn't run."""
    with pytest.raises(urllib.error.HTTPError) as error:
        comfy.post("/prompt", {"prompt": prompt})
    return error.value.read().decode()


def refiner(**more):
    """The refiner's node with the prompts of the graph, for a checkpoint that is the same."""
    prompts = {"positive": "a castle", "negative": "fog", "loras": "", "clip_layer": -1}
    inputs = {"model": ["checkpoint", 0], "checkpoint": "tiny_sd15.ckpt", **prompts, **more}
    return {"class_type": "PixartRefiner", "inputs": inputs}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_a_refiner_that_is_the_model_itself_changes_nothing(comfy, graph, share):
    nodes = {
        "plain": sampling("PixartSampler", "empty"),
        "refined": sampling("PixartSampler", "empty", model="refiner"),
        "half": sampling("PixartSampler", "encoded", denoise=0.6),
        "half refined": sampling("PixartSampler", "encoded", denoise=0.6, model="refiner"),
    }
    plain, refined, half, half_refined = latents(comfy, {**graph, "refiner": refiner(switch_at=share)}, **nodes)
    assert allclose(plain, refined, atol=1e-4)  # the noise that is left goes through a division
    assert allclose(half, half_refined, atol=1e-4)


def test_a_refiner_draws_with_its_own_prompts_loras_and_layer(comfy, graph):
    tag = f"<lora:{LORA.rpartition('/')[2].partition('.')[0]}:1>"
    own = {"positive": "a fish", "negative": "", "loras": tag, "clip_layer": -2}
    whole = {
        "loras": {
            "class_type": "PixartLoras",
            "inputs": {"model": ["checkpoint", 0], "clip": ["checkpoint", 1], "loras": tag},
        },
        "layer": {"class_type": "CLIPSetLastLayer", "inputs": {"clip": ["loras", 1], "stop_at_clip_layer": -2}},
        "fish": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fish", "clip": ["layer", 0]}},
        "nothing": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["layer", 0]}},
        "early": refiner(switch_at=0.0, **own),
        "late": refiner(switch_at=0.5, **own),
        "never": refiner(switch_at=1.0, **own),
    }
    nodes = {
        "plain": sampling("PixartSampler", "empty"),
        "by hand": sampling("PixartSampler", "empty", model="loras", positive="fish", negative="nothing"),
        **{f"{name} drawn": sampling("PixartSampler", "empty", model=name) for name in ("early", "late", "never")},
    }
    plain, by_hand, early, late, never = latents(comfy, {**graph, **whole}, **nodes)
    assert equal(never, plain)
    assert equal(early, by_hand)
    assert not allclose(late, plain, atol=0.01)
    assert not allclose(late, early, atol=0.01)


def test_a_mask_keeps_what_it_protects_when_a_refiner_takes_over(comfy, graph):
    masked = {
        "mask": node("SolidMask", value=1.0, width=64, height=32),
        "kept": node("SolidMask", value=0.0, width=64, height=64),
        "half": {
            "class_type": "MaskComposite",
            "inputs": {"destination": ["kept", 0], "source": ["mask", 0], "x": 0, "y": 0, "operation": "add"},
        },
        "noisy": {"class_type": "SetLatentNoiseMask", "inputs": {"samples": ["encoded", 0], "mask": ["half", 0]}},
        "refiner": refiner(switch_at=0.5, positive="a fish"),
    }
    nodes = {
        "before": sampling("PixartSampler", "encoded", denoise=0.0),
        "after": sampling("PixartSampler", "noisy", model="refiner"),
    }
    before, after = latents(comfy, {**graph, **masked}, **nodes)
    assert allclose(before[:, :, 4:], after[:, :, 4:], atol=1e-5)
    assert not allclose(before[:, :, :4], after[:, :, :4], atol=0.1)


def test_a_checkpoint_that_is_not_there_is_refused_at_the_refiner(comfy, graph):
    prompt = {
        **graph,
        "refiner": refiner(switch_at=0.5, checkpoint="gone.ckpt"),
        "drawn": sampling("PixartSampler", "empty", model="refiner"),
    }
    prompt["save"] = node("SaveLatent", samples="drawn", filename_prefix="latents/none")
    assert "gone.ckpt" in refusal(comfy, prompt)


@pytest.mark.parametrize(("sampler", "scheduler"), SAMPLINGS)
def test_tail_is_the_advanced_sampler_from_where_automatic1111_starts(comfy, graph, sampler, scheduler):
    names = {"sampler_name": sampler, "scheduler": scheduler}
    nodes = {}
    for denoise in DENOISES:
        start = STEPS - int(min(denoise, 0.999) * STEPS) - 1
        nodes[f"core {denoise}"] = sampling("KSamplerAdvanced", "encoded", start_at_step=start, **names)
        nodes[f"ours {denoise}"] = sampling("PixartSampler", "encoded", denoise=denoise, **names)
    made = latents(comfy, graph, **nodes)
    assert [equal(core, ours) for core, ours in zip(made[::2], made[1::2], strict=True)] == [True] * len(DENOISES)
    assert not equal(made[0], made[-1])


@pytest.mark.parametrize(("sampler", "scheduler"), SAMPLINGS)
def test_stretched_is_ksampler(comfy, graph, sampler, scheduler):
    names = {"sampler_name": sampler, "scheduler": scheduler}
    nodes = {}
    for denoise in (0.3, 0.7):
        nodes[f"core {denoise}"] = sampling("KSampler", "encoded", denoise=denoise, **names)
        nodes[f"ours {denoise}"] = sampling(
            "PixartSampler", "encoded", denoise=denoise, arithmetic="stretched", **names
        )
    made = latents(comfy, graph, **nodes)
    assert [equal(core, ours) for core, ours in zip(made[::2], made[1::2], strict=True)] == [True] * 2


@pytest.mark.parametrize(("sampler", "scheduler"), SAMPLINGS[:4])
def test_a_new_picture_is_ksamplers_in_both_arithmetics(comfy, graph, sampler, scheduler):
    names = {"sampler_name": sampler, "scheduler": scheduler}
    core, tail, stretched = latents(
        comfy,
        graph,
        core=sampling("KSampler", "empty", **names),
        tail=sampling("PixartSampler", "empty", **names),
        stretched=sampling("PixartSampler", "empty", arithmetic="stretched", **names),
    )
    assert equal(core, tail)
    assert equal(core, stretched)
    assert count_nonzero(core) == core.numel()


@pytest.mark.parametrize(("arithmetic", "denoise"), [("tail", 1.0), ("tail", 0.5), ("stretched", 0.5)])
def test_flux2_is_the_cores_own_schedule_for_the_size_of_the_latent(comfy, graph, arithmetic, denoise):
    whole = 2 * STEPS if arithmetic == "stretched" else STEPS
    left_out = {("tail", 1.0): 0, ("tail", 0.5): STEPS - STEPS // 2 - 1, ("stretched", 0.5): STEPS}[arithmetic, denoise]
    nodes = {
        "size": node("Flux2Scheduler", steps=whole, width=64, height=64),
        "sigmas": node("SplitSigmas", sigmas=["size", 0], step=left_out),
        "euler": node("KSamplerSelect", sampler_name="euler"),
    }
    wires = {"model": "checkpoint", "positive": "yes", "negative": "no", "latent_image": "encoded"}
    core = node(
        "SamplerCustom", **wires, sampler=["euler", 0], sigmas=["sigmas", 1], add_noise=True, noise_seed=SEED, cfg=7.0
    )
    names = {"scheduler": "flux2", "arithmetic": arithmetic, "denoise": denoise}
    ours, plain = sampling("PixartSampler", "encoded", **names), sampling("PixartSampler", "encoded", denoise=denoise)
    made = latents(comfy, {**graph, **nodes}, core=core, ours=ours, plain=plain)
    assert equal(made[0], made[1])
    assert not equal(made[1], made[2])


def test_denoise_0_returns_the_latent_as_it_is(comfy, graph):
    before, tail, stretched = latents(
        comfy,
        graph,
        encoded=graph["encoded"],
        tail=sampling("PixartSampler", "encoded", denoise=0.0, variation_strength=1.0),
        stretched=sampling("PixartSampler", "encoded", denoise=0.0, arithmetic="stretched"),
    )
    assert equal(before, tail)
    assert equal(before, stretched)


@pytest.mark.parametrize(("arithmetic", "steps"), [("tail", 11), ("stretched", 20)])
def test_the_model_runs_as_often_as_promised(comfy, graph, arithmetic, steps):
    seen = []
    ours = sampling("PixartSampler", "encoded", steps=20, denoise=0.5, arithmetic=arithmetic, seed=steps)
    prompt = {**graph, "ours": ours, "save": node("SaveLatent", samples="ours", filename_prefix="latents/steps")}
    watch = seen.append
    BlockingComfy(Address(comfy.url)).run(prompt, {}, lambda nodes: watch(nodes.get("ours", {})))
    assert max(state["max"] for state in seen if state) == steps
    assert max(state["value"] for state in seen if state) == steps


@pytest.mark.parametrize("sampler", ["euler", "euler_ancestral"])
def test_a_variation_goes_from_the_seed_to_the_other_seed(comfy, graph, sampler):
    def ours(**more):
        return sampling("PixartSampler", "empty", sampler_name=sampler, **more)

    plain, none, half, full, other = latents(
        comfy,
        graph,
        plain=sampling("KSampler", "empty", sampler_name=sampler),
        none=ours(variation_seed=5),
        half=ours(variation_seed=5, variation_strength=0.5),
        full=ours(variation_seed=5, variation_strength=1.0),
        other=ours(seed=5),
    )
    assert equal(plain, none)
    assert not equal(plain, half)
    assert not equal(half, full)
    # Ancestral samplers take the noise of their steps from the seed, in AUTOMATIC1111 too.
    assert equal(full, other) == (sampler == "euler")


def test_a_batch_gets_the_noise_that_ksampler_gives_it(comfy, graph):
    batch = {"many": node("EmptyLatentImage", width=64, height=64, batch_size=3)}
    batch["last"] = node("LatentFromBatch", samples="many", batch_index=2, length=1)
    core, ours, one, mixed, far = latents(
        comfy,
        {**graph, **batch},
        core=sampling("KSampler", "many"),
        ours=sampling("PixartSampler", "many"),
        one=sampling("PixartSampler", "last", arithmetic="stretched"),
        mixed=sampling("PixartSampler", "many", variation_seed=9, variation_strength=0.4),
        far=sampling("PixartSampler", "last", variation_seed=9, variation_strength=0.4),
    )
    assert core.shape[0] == 3
    assert equal(core, ours)
    # The model's sums come out in another order when it draws three at a time.
    assert allclose(core[2:], one, atol=1e-4)
    assert allclose(mixed[2:], far, atol=1e-4)
    assert not allclose(core, mixed, atol=1e-2)


def test_only_what_is_under_the_noise_mask_changes(comfy, graph):
    masked = {
        "black": node("SolidMask", value=0.0, width=64, height=64),
        "white": node("SolidMask", value=1.0, width=32, height=64),
        "half": {
            "class_type": "MaskComposite",
            "inputs": {"destination": ["black", 0], "source": ["white", 0], "x": 0, "y": 0, "operation": "add"},
        },
        "masked": node("SetLatentNoiseMask", samples="encoded", mask="half"),
    }
    before, core, ours = latents(
        comfy,
        {**graph, **masked},
        encoded=graph["encoded"],
        core=sampling("KSamplerAdvanced", "masked", start_at_step=STEPS - int(0.8 * STEPS) - 1),
        ours=sampling("PixartSampler", "masked", denoise=0.8),
    )
    assert equal(core, ours)
    assert allclose(before[..., 4:], ours[..., 4:], atol=1e-6)  # scaled for the model and back, in float32
    assert (before[..., :4] - ours[..., :4]).abs().amax(1).min() > 1e-3


def test_a_seed_repeats_and_a_seed_or_a_prompt_more_makes_another_picture(comfy, graph):
    decoded = {
        "first": sampling("PixartSampler", "empty"),
        "again": sampling("PixartSampler", "empty", variation_seed=1),  # changes nothing, but is not in the cache
        "seed": sampling("PixartSampler", "empty", seed=SEED + 1),
        "stone": {"class_type": "CLIPTextEncode", "inputs": {"text": "a stone", "clip": ["checkpoint", 1]}},
        "prompt": sampling("PixartSampler", "empty", positive="stone"),
    }
    names = ["first", "again", "seed", "prompt"]
    for name in names:
        decoded[f"{name} drawn"] = node("VAEDecode", samples=name) | {
            "inputs": {"samples": [name, 0], "vae": ["checkpoint", 2]}
        }
    first, again, seed, prompt = pictures(comfy, graph, *(f"{name} drawn" for name in names), **decoded)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, seed)
    assert not np.array_equal(first, prompt)
    assert len(np.unique(first.reshape(-1, 3), axis=0)) >= 32  # 8 x 8 latent pixels, hardly two alike


def test_names_that_comfyui_does_not_know_are_refused_not_replaced(comfy, graph):
    for names, said in (
        ({"sampler_name": "eular"}, "Did you mean 'euler'?"),
        ({"scheduler": "karas"}, "Did you mean 'karras'?"),
        ({"arithmetic": "stretch"}, "Did you mean 'stretched'?"),
    ):
        prompt = {**graph, "ours": sampling("PixartSampler", "empty", **names)}
        prompt["save"] = node("SaveLatent", samples="ours", filename_prefix="latents/no")
        assert said in refusal(comfy, prompt)


def test_interrupt_ends_a_long_run(comfy, graph):
    prompt = {**graph, "ours": sampling("PixartSampler", "empty", steps=10000)}
    prompt["save"] = node("SaveLatent", samples="ours", filename_prefix="latents/never")
    prompt_id = comfy.post("/prompt", {"prompt": prompt})["prompt_id"]
    deadline = time.monotonic() + 60
    while not comfy.get("/queue")["queue_running"] and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(1)  # into its steps
    while prompt_id not in (history := comfy.get(f"/history/{prompt_id}")) and time.monotonic() < deadline:
        comfy.post("/interrupt", {})
        time.sleep(0.2)
    said = dict(history[prompt_id]["status"]["messages"])
    assert said["execution_interrupted"]["node_type"] == "PixartSampler"


def loras(text):
    return {
        "class_type": "PixartLoras",
        "inputs": {"model": ["checkpoint", 0], "clip": ["checkpoint", 1], "loras": text},
    }


def drawn_with(text):
    """A sampler behind a LoRA node, with the changed text encoder."""
    return {
        f"lora {text}": loras(text),
        f"yes {text}": {"class_type": "CLIPTextEncode", "inputs": {"text": "a castle", "clip": [f"lora {text}", 1]}},
    }, sampling("PixartSampler", "empty", model=f"lora {text}", positive=f"yes {text}")


def test_loras_change_the_picture_as_strongly_as_written(comfy, graph):
    texts = ["", "<lora:tiny_lora:0>", "<lora:tiny_lora:1>", "<lora:tiny_lora:1:0>", "<lora:tiny_lora:0:1>"]
    texts += ["<lora:tiny_lora:0.5> <lora:styles/tiny_lora.pt:0.5>"]
    whole, nodes = dict(graph), {}
    for text in texts:
        before, nodes[f"drawn {text}"] = drawn_with(text)
        whole.update(before)
    whole["core loras"] = {
        "class_type": "LoraLoader",
        "inputs": {
            "model": ["checkpoint", 0],
            "clip": ["checkpoint", 1],
            "lora_name": LORA,
            "strength_model": 1.0,
            "strength_clip": 1.0,
        },
    }
    whole["core yes"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "a castle", "clip": ["core loras", 1]}}
    core = sampling("KSampler", "empty", model="core loras", positive="core yes")
    plain = sampling("KSampler", "empty")
    plain, core, none, zero, full, unet, te, twice = latents(comfy, whole, plain=plain, core=core, **nodes)
    assert equal(plain, none)
    assert equal(plain, zero)
    assert equal(core, full)
    assert allclose(full, twice, atol=1e-2)  # two halves, rounded to 16 bits twice
    made = [plain, full, unet, te]
    assert all((one - other).abs().max() > 0.05 for i, one in enumerate(made) for other in made[:i])


def test_a_lora_without_a_file_is_refused_with_what_comes_near(comfy, graph):
    before, drawn = drawn_with("<lora:tinylora:1>")
    prompt = {**graph, **before, "d": drawn, "save": node("SaveLatent", samples="d", filename_prefix="latents/no")}
    assert "LoRA 'tinylora' is unknown. Did you mean 'tiny_lora'?" in refusal(comfy, prompt)


def test_clip_skip_1_is_no_clip_skip(comfy, graph):
    whole, nodes = dict(graph), {"plain": sampling("PixartSampler", "empty")}
    for skip in (-1, -2):
        layer = {"clip": ["checkpoint", 1], "stop_at_clip_layer": skip}
        whole[f"skip {skip}"] = {"class_type": "CLIPSetLastLayer", "inputs": layer}
        for name, text in (("yes", "a castle"), ("no", "fog")):
            encode = {"text": text, "clip": [f"skip {skip}", 0]}
            whole[f"{name} {skip}"] = {"class_type": "CLIPTextEncode", "inputs": encode}
        nodes[f"at {skip}"] = sampling("PixartSampler", "empty", positive=f"yes {skip}", negative=f"no {skip}")
    plain, first, second = latents(comfy, whole, **nodes)
    assert equal(plain, first)
    assert not equal(plain, second)


def vae(name):
    return {"class_type": "PixartVAE", "inputs": {"vae": ["checkpoint", 2], "name": name}}


def decode(vae, samples="encoded"):
    return {"class_type": "VAEDecode", "inputs": {"samples": [samples, 0], "vae": vae}}


def test_a_vae_by_name_replaces_the_checkpoints(comfy, graph):
    own, kept, swapped = pictures(
        comfy,
        graph,
        *("own", "kept", "swapped"),
        same=vae("from checkpoint"),
        other=vae("tiny_swapped.pt"),
        own=decode(["checkpoint", 2]),
        kept=decode(["same", 0]),
        swapped=decode(["other", 0]),
    )
    assert np.array_equal(own, kept)
    assert np.array_equal(own[..., ::-1], swapped)
    assert not np.array_equal(own, swapped)


def test_the_vae_menu_is_that_of_load_vae(comfy):
    (menu,) = comfy.object_info["VAELoader"]["input"]["required"]["vae_name"]
    assert options(comfy, "PixartVAE", "name") == ["from checkpoint", *menu]


def options(comfy, kind, name):
    return comfy.object_info[kind]["input"]["required"][name][1]["options"]


def test_a_vae_that_is_not_there_is_refused(comfy, graph):
    prompt = {**graph, "other": vae("tiny_swaped.pt"), "out": decode(["other", 0])}
    prompt["save"] = node("SaveImage", images="out", filename_prefix="generate")
    assert "Did you mean 'tiny_swapped.pt'?" in refusal(comfy, prompt)


def hires(upscaler, width, height, samples="encoded"):
    inputs = {"samples": [samples, 0], "vae": ["checkpoint", 2], "width": width, "height": height}
    return {"class_type": "PixartHiresUpscale", "inputs": {**inputs, "upscaler": upscaler}}


def test_every_hires_upscaler_makes_the_latent_of_the_size(comfy, graph):
    names = options(comfy, "PixartHiresUpscale", "upscaler")
    assert names[0] == "Latent"
    assert names[-1] == UPSCALER
    sizes = {(158, 90): (12, 20), (128, 128): (16, 16), (64, 64): (8, 8)}
    nodes = {f"{name} {size[0]}": hires(name, *size) for name in names for size in sizes}
    whole = {**graph, "picture": decode(["checkpoint", 2])}
    again = {"class_type": "VAEEncode", "inputs": {"pixels": ["picture", 0], "vae": ["checkpoint", 2]}}
    made = latents(comfy, whole, before=graph["encoded"], again=again, **nodes)
    shapes = [tuple(one.shape) for one in made[2:]]
    assert shapes == [(1, 4, *latent) for _ in names for latent in sizes.values()]
    doubled = dict(zip(names, made[3::3], strict=True))
    alike = {
        (one, other)
        for number, other in enumerate(names)
        for one in names[:number]
        if allclose(doubled[one], doubled[other], atol=1e-5)  # antialias sums in another order when it enlarges
    }
    assert alike == {
        ("Latent", "Latent (antialiased)"),
        ("Latent (nearest)", "Latent (nearest-exact)"),
        ("None", "Lanczos"),
    }
    for name, same in zip(names, made[4::3], strict=True):
        assert equal(same, made[0] if name.startswith("Latent") else made[1]), name


def test_latent_upscaling_is_comfyuis_where_it_has_the_mode(comfy, graph):
    modes = {"Latent": "bilinear", "Latent (nearest-exact)": "nearest-exact", "Latent (bicubic)": "bicubic"}
    nodes = {}
    for name, mode in modes.items():
        core = {"upscale_method": mode, "width": 160, "height": 160, "crop": "disabled"}
        nodes[f"core {name}"] = node("LatentUpscale", samples="encoded", **core)
        nodes[f"ours {name}"] = hires(name, 160, 160)
        nodes[f"part {name}"] = hires(name, 160, 88)
    made = latents(comfy, graph, **nodes)
    for core, ours, part in zip(made[::3], made[1::3], made[2::3], strict=True):
        assert equal(core, ours)
        assert equal(ours[..., 4:15, :], part)  # 9 of 20 rows too many: 4 above, 5 below


def test_a_second_pass_is_ksampler_on_the_larger_latent(comfy, graph):
    whole = {**graph, "first": sampling("PixartSampler", "empty"), "large": hires("Latent", 128, 128, "first")}
    core, ours = latents(
        comfy,
        whole,
        core=sampling("KSampler", "large", denoise=0.6),
        ours=sampling("PixartSampler", "large", denoise=0.6, arithmetic="stretched"),
    )
    assert core.shape[-2:] == (16, 16)
    assert equal(core, ours)


def upscaled(comfy, rgba, *wishes):
    """A picture through PixartUpscale, once for each (upscaler, width, height); RGB where it is opaque."""
    data = io.BytesIO()
    Image.fromarray(rgba).save(data, "PNG")
    name = comfy.put_input(f"generate/{abs(hash(rgba.tobytes()))}.png", data.getvalue())
    whole = {"picture": {"class_type": "PixartLoadImage", "inputs": {"image": name}}}
    for number, (upscaler, width, height) in enumerate(wishes):
        whole[f"out {number}"] = node("PixartUpscale", image="picture", upscaler=upscaler, width=width, height=height)
    return [one[0] for one in pictures(comfy, whole, *(f"out {number}" for number in range(len(wishes))))]


def noise_picture(height, width):
    rgba = np.random.default_rng(1).integers(0, 256, (height, width, 4), np.uint8)
    rgba[..., 3] = 255
    return rgba


def test_an_upscaled_picture_has_the_size_and_its_alpha(comfy):
    rgba = noise_picture(10, 20)
    rgba[:, :10, 3] = 0
    names = options(comfy, "PixartUpscale", "upscaler")
    assert names == ["None", "Lanczos", "Nearest", UPSCALER]
    for name, out in zip(names, upscaled(comfy, rgba, *((name, 40, 20) for name in names)), strict=True):
        assert out.shape == ((10, 20, 4) if name == "None" else (20, 40, 4))
        width = out.shape[1]
        assert not out[:, : width // 2 - 6, 3].any(), name  # Lanczos looks 3 pixels far, which are 6 here
        assert (out[:, width // 2 + 6 :, 3] == 255).all(), name


def test_only_what_is_transparent_somewhere_leaves_with_alpha(comfy):
    rgba = noise_picture(8, 8)
    rgba[0, 0, 3] = 254
    for wishes in (("None", 8, 8), ("Nearest", 16, 16), ("Lanczos", 24, 24)):
        (out,) = upscaled(comfy, rgba, wishes)
        assert (out.shape[2], out[..., 3].min()) == (4, 254), wishes
    (cut,) = upscaled(comfy, rgba, ("Nearest", 8, 4))
    assert np.array_equal(cut, rgba[2:6, :, :3])


def test_nearest_repeats_pixels_and_cuts_off_evenly(comfy):
    rgba = noise_picture(6, 5)
    whole, part, none = upscaled(comfy, rgba, ("Nearest", 15, 18), ("Nearest", 15, 11), ("None", 15, 18))
    rgba = rgba[..., :3]
    grown = rgba.repeat(3, axis=0).repeat(3, axis=1)
    assert np.array_equal(whole, grown)
    assert np.array_equal(part, grown[3:14])
    assert np.array_equal(none, rgba)


def test_an_upscale_model_runs_as_often_as_it_takes(comfy):
    """The tiny model doubles the size and swaps red and blue: twice is back again."""
    rgba = noise_picture(6, 5)
    once, twice = upscaled(comfy, rgba, (UPSCALER, 10, 12), (UPSCALER, 20, 24))
    rgba = rgba[..., :3]
    swapped = rgba[..., ::-1]
    assert np.array_equal(once, swapped.repeat(2, axis=0).repeat(2, axis=1))
    assert np.array_equal(twice, rgba.repeat(4, axis=0).repeat(4, axis=1))


@pytest.mark.parametrize(
    ("size", "swapped"), [((5, 6), True), ((9, 11), True), ((11, 6), False), ((40, 48), True), ((3, 3), False)]
)
def test_an_upscale_model_ends_at_any_size(comfy, size, swapped):
    rgba = np.full((6, 5, 4), (250, 100, 3, 128), np.uint8)
    (out,) = upscaled(comfy, rgba, (UPSCALER, *size))
    assert out.shape == (size[1], size[0], 4)
    assert (out == ((3, 100, 250, 128) if swapped else (250, 100, 3, 128))).all()


def test_an_upscaler_that_is_not_there_is_refused(comfy, graph):
    prompt = {**graph, "out": node("PixartUpscale", image="tree", upscaler="Lanzos", width=9, height=9)}
    prompt["save"] = node("SaveImage", images="out", filename_prefix="generate")
    assert "Upscaler 'Lanzos' is unknown. Did you mean 'Lanczos'?" in refusal(comfy, prompt)


def test_the_generation_size_reaches_the_latent(comfy, graph):
    size = {"class_type": "PixartGenerationSize", "inputs": {"width": 240, "height": 100, "generation_side": 64}}
    empty = {"width": ["size", 2], "height": ["size", 3], "batch_size": 1}
    (made,) = latents(comfy, {"size": size}, empty={"class_type": "EmptyLatentImage", "inputs": empty})
    assert tuple(made.shape) == (1, 4, 8, 16)


def test_a_style_picture_changes_what_is_drawn(comfy, graph):
    """ComfyUI's own style nodes, with the tiny CLIP vision and style model."""
    whole = dict(graph)
    whole["eyes"] = node("CLIPVisionLoader", clip_name=tiny_models.CLIP_VISION.removeprefix("clip_vision/"))
    whole["style"] = node("StyleModelLoader", style_model_name=tiny_models.STYLE.removeprefix("style_models/"))
    whole["inverted"] = node("ImageInvert", image="tree")
    nodes = {"plain": sampling("PixartSampler", "empty")}
    for name in ("tree", "inverted"):
        seen = {"clip_vision": ["eyes", 0], "image": [name, 0], "crop": "center"}
        whole[f"seen {name}"] = {"class_type": "CLIPVisionEncode", "inputs": seen}
        apply = {"conditioning": ["yes", 0], "style_model": ["style", 0], "clip_vision_output": [f"seen {name}", 0]}
        whole[f"yes {name}"] = {
            "class_type": "StyleModelApply",
            "inputs": {**apply, "strength": 1.0, "strength_type": "multiply"},
        }
        nodes[f"drawn {name}"] = sampling("PixartSampler", "empty", positive=f"yes {name}")
    plain, tree, inverted = latents(comfy, whole, **nodes)
    assert all((one - other).abs().max() > 0.05 for one, other in ((plain, tree), (tree, inverted)))
