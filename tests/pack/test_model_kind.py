"""For which model a LoRA, a ControlNet, a VAE or a style model is, by names and shapes that real ones have."""

import pytest
from pixart_nodes import model_kind

KOHYA = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight"


@pytest.mark.parametrize(
    ("shapes", "kinds"),
    [
        ({KOHYA: (8, 768)}, ("SD15",)),
        ({KOHYA: (8, 1024)}, ("SD20",)),
        ({KOHYA: (8, 2048)}, ("SDXL",)),
        ({"unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (8, 2048)}, ("SDXL",)),
        ({"lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (8, 1280)}, ("SDXL",)),
        ({"lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight": (8, 768)}, ("SD15",)),
        ({"lora_unet_input_blocks_7_1_transformer_blocks_9_attn1_to_q.hada_w1_a": (640, 8)}, ("SDXL",)),
        ({"lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight": (16, 3072)}, ("Flux",)),
        ({"transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight": (16, 3072)}, ("Flux",)),
        ({"diffusion_model.single_blocks.0.linear1.lora_B.weight": (21504, 16)}, ("Flux",)),
        ({"diffusion_model.single_blocks.0.linear1.lora_B.weight": (27648, 16)}, ("Flux2",)),
        ({"transformer.transformer_blocks.0.attn.add_k_proj.lora_A.weight": (16, 1536)}, ("SD3",)),
        ({"transformer_blocks.0.img_mlp.net.0.proj.lora_down.weight": (16, 3072)}, ("QwenImage",)),
        ({"diffusion_model.layers.0.attention.to_q.lora_A.weight": (16, 3840)}, ("ZImage",)),
        ({"diffusion_model.layers.0.attention.to_q.lora_A.weight": (16, 2304)}, ("Lumina2",)),
        ({"diffusion_model.blocks.0.self_attn.q.lora_A.weight": (16, 5120)}, ("WAN21_T2V",)),
        ({"something.lora_down.weight": (4, 4)}, ()),
    ],
)
def test_the_model_that_a_lora_changes(shapes, kinds):
    assert model_kind.is_lora(shapes)
    assert model_kind.lora(shapes, {}) == kinds


@pytest.mark.parametrize(
    ("metadata", "kinds"),
    [
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}, ("SDXL",)),
        ({"modelspec.architecture": "stable-diffusion-v1/lora"}, ("SD15",)),
        ({"ss_base_model_version": "sdxl_base_v1-0"}, ("SDXL",)),
        ({"ss_base_model_version": "flux1"}, ("Flux",)),
        ({"ss_base_model_version": "zimage"}, ("ZImage",)),
        ({"ss_base_model_version": "of nobody"}, ()),
        ({}, ()),
    ],
)
def test_what_the_trainer_wrote_decides_where_the_tensors_do_not(metadata, kinds):
    assert model_kind.lora({"something.lora_down.weight": (4, 4)}, metadata) == kinds


@pytest.mark.parametrize(
    ("shapes", "kinds"),
    [
        (
            {"zero_convs.0.0.weight": (), "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (320, 768)},
            ("SD15",),
        ),
        ({"control_model.zero_convs.0.0.weight": (), "control_model.label_emb.0.0.weight": (1280, 2816)}, ("SDXL",)),
        ({"lora_controlnet": (), "input_blocks.4.1.transformer_blocks.0.attn2.to_k.down": (64, 2048)}, ("SDXL",)),
        ({"controlnet_cond_embedding.conv_in.weight": (), "add_embedding.linear_1.weight": (1280, 2816)}, ("SDXL",)),
        ({"controlnet_blocks.0.weight": (), "controlnet_x_embedder.weight": (3072, 64)}, ("Flux",)),
        ({"controlnet_blocks.0.weight": (), "pos_embed_input.proj.weight": (1536, 17)}, ("SD3",)),
        ({"controlnet_blocks.0.weight": (), "transformer_blocks.0.img_mlp.net.0.proj.weight": ()}, ("QwenImage",)),
        ({"controlnet_blocks.0.linear.weight": ()}, ("Flux",)),
        ({"control_blocks.0.after_proj.weight": (), "control_img_in.weight": (3072, 132)}, ("QwenImage",)),
        ({"adapter.conv_in.weight": (320, 192, 3, 3), "adapter.body.0.block1.weight": ()}, ("SD15",)),
        ({"conv_in.weight": (320, 768, 3, 3), "body.0.block1.weight": ()}, ("SDXL",)),
        ({"zero_convs.0.0.weight": ()}, ()),
        ({"model.diffusion_model.out.0.weight": (320,)}, None),
    ],
)
def test_the_model_that_a_control_net_steers(shapes, kinds):
    assert model_kind.control_net(shapes) == kinds


def test_a_control_lora_is_no_lora_and_a_union_says_that_it_is_one():
    assert not model_kind.is_lora({"lora_controlnet": (), "input_blocks.0.0.lora_up": (1, 1)})
    names = {"task_embedding": (8, 320), "control_add_embedding.linear_1.bias": (1280,)}
    assert model_kind.is_union(names)
    assert not model_kind.is_union({"task_embedding": (8, 320)})
    assert model_kind.is_union({"controlnet_mode_embedder.weight": (10, 3072)})  # FLUX.1's


@pytest.mark.parametrize(
    ("shapes", "kinds"),
    [
        ({"control_all_x_embedder.2-1.weight": (3840, 132)}, ("ZImage",)),
        ({"control_all_x_embedder.2-1.weight": (7, 132)}, ()),
        ({"controlnet_blocks.0.y_rms.weight": (3072,)}, ("QwenImage",)),
        ({"controlnet_blocks.0.weight": (3072, 3072)}, None),
    ],
)
def test_the_model_that_a_patch_changes(shapes, kinds):
    assert model_kind.model_patch(shapes) == kinds


@pytest.mark.parametrize(("width", "klein"), [(15360, False), (7680, True), (12288, True)])
@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
def test_a_klein_is_known_by_the_width_of_its_texts(width, klein, prefix):
    shapes = {"double_stream_modulation_img.lin.weight": (18432, 3072), "txt_in.weight": (3072, width)}
    assert model_kind.is_klein({f"{prefix}{name}": shape for name, shape in shapes.items()}) == klein
    assert not model_kind.is_klein({f"{prefix}txt_in.weight": (3072, width)})


@pytest.mark.parametrize(
    ("shapes", "scale", "kinds"),
    [
        ({"decoder.conv_in.weight": (512, 4, 3, 3)}, None, ("SD15", "SD20", "SDXL")),
        ({"first_stage_model.decoder.conv_in.weight": (512, 16, 3, 3)}, None, ("SD3", "Flux")),
        ({"decoder.conv_in.weight": (512, 32, 3, 3), "bn.running_mean": (128,)}, None, ("Flux2",)),
        ({"taesd_decoder.1.weight": (64, 4, 3, 3)}, 0.1823, ("SD15",)),  # as float16 has 0.18215
        ({"taesd_decoder.1.weight": (64, 4, 3, 3)}, 0.13025, ("SDXL",)),
        ({"taesd_decoder.1.weight": (64, 4, 3, 3)}, None, ("SD15", "SD20", "SDXL")),
        ({"taesd_decoder.1.weight": (64, 16, 3, 3)}, None, ("SD3", "Flux")),
        ({"decoder.middle.0.residual.0.gamma": (96, 1, 1, 1)}, None, ("QwenImage",)),
        ({"decoder.conv_in.weight": (512, 7, 3, 3)}, None, ()),
        ({"decoder.conv_in.weight": (512, 16, 3, 3, 3)}, None, None),
        ({"vision_model.embeddings.class_embedding": (1024,)}, None, None),
    ],
)
def test_the_models_whose_latents_a_vae_decodes(shapes, scale, kinds):
    assert model_kind.vae(shapes, scale, {}) == kinds


def test_a_vae_that_says_what_it_is_for_fits_that_alone():
    said = {"modelspec.architecture": "stable-diffusion-xl-v1-base/vae"}
    assert model_kind.vae({"decoder.conv_in.weight": (512, 4, 3, 3)}, None, said) == ("SDXL",)


@pytest.mark.parametrize(
    ("shapes", "kinds"),
    [
        ({"style_embedding": (1, 8, 1024), "proj": (1024, 768)}, ("SD15",)),
        ({"style_embedding": (1, 8, 1024), "proj": (1024, 7)}, ()),
        ({"redux_down.weight": (4096, 12288)}, ("Flux",)),
        ({"proj": (1024, 768)}, None),
    ],
)
def test_the_model_that_a_style_model_is_for(shapes, kinds):
    assert model_kind.style_model(shapes) == kinds


@pytest.mark.parametrize(
    ("width", "texts", "klein"),
    [
        (7680, ("QWEN3_4B",), True),
        (12288, ("QWEN3_8B",), True),
        (15360, ("MISTRAL3_24B", "MISTRAL3_24B_PRUNED_FLUX2"), False),
        (4096, (), False),
    ],
)
def test_a_flux2_reads_the_text_encoder_whose_three_layers_are_as_wide(width, texts, klein):
    shapes = {"double_stream_modulation_img.lin.weight": (1, 1), "txt_in.weight": (1, width)}
    assert (model_kind.flux2_texts(shapes), model_kind.is_klein(shapes)) == (texts, klein)
    assert model_kind.flux2_texts({"txt_in.weight": (1, width)}) == ()  # FLUX.1
