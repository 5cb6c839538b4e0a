"""Tokens per second of generation, this library and transformers in turn, as CSV.

    python benchmarks/peers/generation.py CHECKPOINT [--threads 1] [--rounds 3]

32 prompts of 32 tokens, 64 new tokens each, greedy, float32, scaled_dot_product_attention. From the root of the project
after ./mvnw package -DskipTests; needs torch and transformers. The tokens of both must be the same.
"""
import argparse
import json
import statistics
import subprocess
import time

import torch
import transformers

BATCH, PROMPT, NEW = 32, 32, 64


def ours(checkpoint, threads):
    command = ["java", "@benchmarks/target/benchmarks.args", "generation", checkpoint, str(threads), "3"]
    rate, tokens = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n", 1)
    return float(rate), json.loads(tokens)


def theirs(model):
    ids = (torch.arange(BATCH * PROMPT) * 7919 % 400).view(BATCH, PROMPT)
    times = []
    for _ in range(4):
        start = time.perf_counter()
        with torch.inference_mode():
            result = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW,
                                    min_new_tokens=NEW, do_sample=False, eos_token_id=None, pad_token_id=0)
        times.append(time.perf_counter() - start)
    return BATCH * NEW / statistics.median(times[1:]), result[0, PROMPT:].tolist()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    transformers.logging.set_verbosity_error()
    model = transformers.AutoModelForImageTextToText.from_pretrained(
        arguments.checkpoint, attn_implementation="sdpa", dtype=torch.float32).eval()
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"# transformers {transformers.__version__}, torch {torch.__version__}, {parameters} parameters")
    print("threads,round,ours_tokens_per_second,transformers_tokens_per_second,ratio,same_tokens")
    for i in range(arguments.rounds):
        rate, tokens = ours(arguments.checkpoint, arguments.threads)
        peer_rate, peer_tokens = theirs(model)
        print(f"{arguments.threads},{i},{rate:.0f},{peer_rate:.0f},{rate / peer_rate:.2f},{tokens == peer_tokens}")


if __name__ == "__main__":
    main()
