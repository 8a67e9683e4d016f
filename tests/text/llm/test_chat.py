"""Every part of a prompt reaches the model, whatever the chat template does."""

import pytest
from transformers import AutoTokenizer

from irllrec_pyg.testing import save_tiny_llm
from irllrec_pyg.text import DOMAINS, HistoryEntry, PromptWriter, TokenBudget
from irllrec_pyg.text.llm.chat import chat_text, shared_tokens

LOOP = "{% for m in messages %}"
TEMPLATES = {
    "system turn": LOOP + "<|{{ m.role }}|>{{ m.content }}{% endfor %}",
    "trims": LOOP + "<|{{ m.role }}|>{{ m.content | trim }}{% endfor %}",
    "refuses": LOOP + "{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "<|{{ m.role }}|>{{ m.content }}{% endfor %}",
    "drops": LOOP + "{% if m.role != 'system' %}<|{{ m.role }}|>{{ m.content }}{% endif %}{% endfor %}",
    "system turn in the last question": LOOP + "{% if m.role != 'system' %}<|{{ m.role }}|>"
    "{{ messages[0].content if loop.last }}{{ m.content }}{% endif %}{% endfor %}",
    "no answers": LOOP + "{% if m.role == 'user' %}<|user|>{{ m.content }}{% endif %}{% endfor %}",
    "last question only": "<|user|>{{ messages[-1].content }}",
}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return AutoTokenizer.from_pretrained(save_tiny_llm(tmp_path_factory.mktemp("llm")))


@pytest.fixture(scope="module")
def prompts(tokenizer):
    writers = [PromptWriter(domain, TokenBudget(tokenizer), 4000, entry_tokens=60) for domain in DOMAINS]
    items = [writer.item("1", "Alien", "Space.", {1: "good"}) for writer in writers]
    return [*items, *(writer.user("u", {1: HistoryEntry("Heat", ("wit",), (), "fine")}) for writer in writers)]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_part_is_there_once(name, tokenizer, prompts):
    tokenizer.chat_template = TEMPLATES[name]
    for prompt in prompts:
        text = chat_text(tokenizer, prompt.messages())
        for part in (prompt.system, *prompt.example, prompt.data):
            assert text.count(part.strip()) == 1, f"{name}: {part[:60]!r} is there {text.count(part.strip())} times"
        assert ("<|system|>" in text) is (name in ("system turn", "trims"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_instructions_and_example_are_shared(name, tokenizer, prompts):
    tokenizer.chat_template = TEMPLATES[name]
    rows = [tokenizer(chat_text(tokenizer, prompts[0].messages()), add_special_tokens=False)["input_ids"]]
    shared = tokenizer.decode(shared_tokens(tokenizer, prompts[:1], rows))
    assert prompts[0].example[1].strip() in shared and prompts[0].data.splitlines()[1] not in shared


@pytest.mark.parametrize(
    ("template", "reason"),
    [("{{ raise_exception('no chat') }}", "no chat"), ("<|user|>Hello", "it leaves out a part of them")],
)
def test_a_template_without_room_is_refused(template, reason, tokenizer, prompts):
    tokenizer.chat_template = template
    with pytest.raises(ValueError, match=f"cannot show instructions, example and question: {reason}"):
        chat_text(tokenizer, prompts[0].messages())
