"""Checkpoints and adapters between this project and transformers with PEFT; CONTRIBUTING.md says when to run it.

round_trip.py record GOLDENS   makes adapters with PEFT and records what the adapted models say (test resources)
round_trip.py check GOLDENS FOLDER   loads what RoundTripTest wrote into FOLDER and compares logits

GOLDENS is tests/training/src/test/resources/goldens. Needs torch, transformers 5, peft, safetensors.
"""

import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText

CASE = "one_image"
TOLERANCE = 1e-5
ADAPTERS = {
    "qwen2_vl": LoraConfig(
        r=4, lora_alpha=6, lora_dropout=0.25, task_type="CAUSAL_LM",
        target_modules=["q_proj", "v_proj", "o_proj", "up_proj", "down_proj", "attn.qkv", "fc1", "merger.mlp.2"]),
    "qwen2_5_vl": LoraConfig(
        r=3, lora_alpha=2, use_rslora=True, task_type="CAUSAL_LM",
        target_modules=r".*language_model\.layers\.\d+\.(self_attn\.k_proj|mlp\.(gate|up|down)_proj)"),
}


def load(folder):
    return AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def logits(model, golden):
    pictures = {name: golden[f"{CASE}.{name}"] for name in ("pixel_values", "image_grid_thw")}
    ids = golden[f"{CASE}.input_ids"]
    types = (ids == model.config.image_token_id).long()
    with torch.no_grad():
        return model(input_ids=ids, attention_mask=torch.ones_like(ids), mm_token_type_ids=types, **pictures).logits


def record(goldens):
    for name, config in ADAPTERS.items():
        golden = load_file(goldens / name / "golden.safetensors")
        torch.manual_seed(7)
        model = get_peft_model(load(goldens / name), config)
        for parameter_name, parameter in model.named_parameters():
            if "lora_B" in parameter_name:
                torch.nn.init.normal_(parameter, std=0.05)
        model.eval()
        folder = goldens / name / "lora"
        model.peft_config["default"].base_model_name_or_path = name
        model.save_pretrained(folder)
        (folder / "README.md").unlink()
        recorded = {"logits": logits(model, golden)}
        rounded = load(goldens / name)
        for parameter in rounded.parameters():
            parameter.data = parameter.data.to(torch.bfloat16).to(torch.float32)
        recorded["bfloat16.logits"] = logits(rounded, golden)
        save_file(recorded, folder / "golden.safetensors")
        change = (recorded["logits"] - golden[f"{CASE}.logits"]).abs().max().item()
        print(f"{name}: the adapter moves logits by up to {change:.3f}")


def check(goldens, folder):
    worst = 0.0
    for name in ADAPTERS:
        golden = load_file(goldens / name / "golden.safetensors")
        adapted = load_file(goldens / name / "lora" / "golden.safetensors")
        wanted = {
            "float32": golden[f"{CASE}.logits"],
            "shards": golden[f"{CASE}.logits"],
            "bfloat16": adapted["bfloat16.logits"],
        }
        for form, logits_wanted in wanted.items():
            worst = max(worst, compare(name, form, logits(load(folder / name / form), golden), logits_wanted))
        model = PeftModel.from_pretrained(load(folder / name / "float32"), folder / name / "adapter").eval()
        worst = max(worst, compare(name, "adapter", logits(model, golden), adapted["logits"]))
        # Merging rounds sums that the adapter keeps apart, so the reference is PEFT's merge.
        merged = logits(model.merge_and_unload(), golden)
        worst = max(worst, compare(name, "merged", logits(load(folder / name / "merged"), golden), merged))
    if not worst <= TOLERANCE:
        sys.exit(f"logits differ by {worst:.2e}, more than {TOLERANCE}")


def compare(name, form, actual, wanted):
    error = (actual - wanted).abs().max().item()
    print(f"{name}/{form}: largest difference {error:.2e} of logits up to {wanted.abs().max().item():.2f}")
    return error


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "record":
        record(Path(sys.argv[2]))
    elif len(sys.argv) == 4 and sys.argv[1] == "check":
        check(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        sys.exit(__doc__)
