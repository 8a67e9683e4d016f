"""Families of language models: whether answers are those of transformers, and what prompts share.

python -m benchmarks.families

Each family is a random model of two layers. ``same_tokens`` compares the most likely answers to prompts of different
lengths in one batch, with a shared beginning and without, with those of ``generate`` of transformers, one at a time.
``shared_prefix`` says what becomes of that beginning: it is ``stored once``, ``copied`` into each row after it was
computed once, or ``computed`` with each prompt. ``system_role`` says where the instructions are in the text that the
family's template of ``save_tiny_llm`` writes. ``poolings`` are those in which a text encoder gives each text the same
features in a batch as alone.
"""

import tempfile
from pathlib import Path

import torch
import transformers
from jinja2 import TemplateError
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from irllrec_pyg.testing.tiny_llm import FAMILIES, save_tiny_llm
from irllrec_pyg.text import IntentGenerator, TextEncoder
from irllrec_pyg.text.llm.chat import chat_tokens
from irllrec_pyg.text.llm.reader import Way
from irllrec_pyg.text.prompts import Prompt

from . import arguments, results

TOKENS = 30
TITLES = ("Alien", "A very long title that goes on and on, and then on, to its end", "M", "Brazil")
PROMPTS = [Prompt("Be brief.", ("<data>\nHeat", "A film."), f"<data>\n{title}\n</data>", "1") for title in TITLES]
STORED = {Way.SHARE: "stored once", Way.COPY: "copied"}


def one_by_one(folder: Path) -> list[str]:
    """Answers of ``generate``, without padding."""
    model, tokenizer = (kind.from_pretrained(folder) for kind in (AutoModelForCausalLM, AutoTokenizer))
    model.generation_config, answers = GenerationConfig(eos_token_id=0, pad_token_id=0), []
    for prompt in PROMPTS:
        ids = torch.tensor([chat_tokens(tokenizer, prompt.messages())])
        mask = torch.ones_like(ids)
        out = model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=TOKENS, do_sample=False, repetition_penalty=1.1
        )
        answers.append(" ".join(map(str, _until_end(out[0, ids.size(1) :].tolist()))))
    return answers


def _until_end(tokens: list[int]) -> list[int]:
    """Tokens before the end of the answer; the rest of a row is padding."""
    return tokens[: tokens.index(0)] if 0 in tokens else tokens


def system_role(folder: Path) -> str:
    """Where the instructions are in a rendered prompt."""
    messages = PROMPTS[0].messages()
    try:
        text = AutoTokenizer.from_pretrained(folder).apply_chat_template(messages, tokenize=False)
    except TemplateError:
        return "in the question: refused"
    return "a turn of its own" if PROMPTS[0].system in text else "in the question: left out in silence"


def poolings(folder: Path) -> str:
    """Poolings in which the features of a text do not depend on its batch."""
    found = []
    for pooling in ("mean", "last", "cls"):
        encoder = TextEncoder(folder, pooling=pooling)
        alone = torch.cat([encoder.encode([title], progress=False) for title in TITLES])
        if torch.allclose(encoder.encode(TITLES, progress=False), alone, atol=1e-4):
            found.append(pooling)
    return ", ".join(found) or "none"


def try_family(name: str, folder: Path) -> dict[str, str]:
    """What is found out about a family; what fails is described by its error."""
    row = {"family": name, "transformers": transformers.__version__, "shared_prefix": "", "same_tokens": ""}
    try:
        save_tiny_llm(folder, name)
        same, expected = True, one_by_one(folder)
        for share_prefix in (True, False):
            generator = IntentGenerator(folder, max_new_tokens=TOKENS, enforce_json=False, share_prefix=share_prefix)
            generator.tokenizer.decode = lambda tokens, **_: " ".join(map(str, _until_end(tokens.tolist())))
            same = same and generator.generate(PROMPTS) == expected
            if share_prefix:
                shares = generator._decoder.can_share(1000)
                row["shared_prefix"] = STORED[generator._decoder.way] if shares else "computed"
        row |= {
            "same_tokens": "yes" if same else "no",
            "system_role": system_role(folder),
            "poolings": poolings(folder),
        }
    except (ImportError, IndexError, RuntimeError, TypeError, ValueError) as error:
        row["same_tokens"] = f"{type(error).__name__}: {str(error).splitlines()[0][:80]}"
    return row


def write(folder: Path, page: Path) -> None:
    """Writes a table of the families between the marks of a page."""
    found = results.read(folder / "families.csv", **results.AS_WRITTEN)
    columns = {
        "family": "family",
        "shared_prefix": "shared beginning",
        "same_tokens": "same answers as one by one",
        "system_role": "instructions",
        "transformers": "transformers",
    }
    lines = [f"| {' | '.join(columns.values())} |", "|---" * len(columns) + "|"]
    lines += [f"| {' | '.join(row)} |" for row in found[[*columns]].itertuples(index=False)]
    results.put(lines, "families", page)


def main() -> None:
    """Tries all families."""
    args = arguments.parse(__doc__, "families")
    transformers.logging.set_verbosity_error()
    rows = []
    for name in FAMILIES:
        with tempfile.TemporaryDirectory() as folder:
            rows.append({**try_family(name, Path(folder) / "model"), **results.about()})
        print(*list(rows[-1].values())[:6], sep=", ", flush=True)
    results.replace(rows, args.results, ["family", "transformers"])


if __name__ == "__main__":
    main()
