"""Planted faults are found, each as what it is, and good answers are left alone."""

import json
from pathlib import Path

import pytest

from irllrec_pyg.text import FAULTS, IntentAnswer, IntentStore, Record, find_faults, judge_answers

PROMPT = """You describe what people want from movies and series. Think in three steps.
intent: in one or two sentences, what does someone want who chooses it, and whom will it disappoint?
{"likes": ["cooking scenes"], "dislikes": [], "intent": "Someone who wants a calm, kind film about food and the sea."}
<data>
movie: The Hidden Signal (1987)
review: We put it on when guests are tired and nobody wants to talk. The music is by a famous composer.
</data>"""

GOOD = [
    "Someone who wants a calm film for a quiet evening. It disappoints people who look for danger.",
    "They want dark comedies with a dry sense of humour, and do not mind a slow pace",
    "A believable journey into space",
    "People who like family stories will enjoy it; those who want action will not.",
    "Wants to laugh, to cry, and to laugh again.",
    "Fans of hard science fiction: brave crews, real physics, no magic.",
    "Someone who wants a mystery that keeps them guessing until the very end!",
    "This person likes films about food, travel and friendship, and likes them slow.",
    "Viewers who want to be scared (but not too much).",
    "Chooses classics from the 1940s in black and white.",
    "Does the person want a musical? Yes, with many dances.",
    "A story about a master and a stubborn student, told with care.",
    "They want documentaries about nature. They do not want politics.",
    "Looks for anime such as \u201cSpirited Away\u201d and for films by Hayao Miyazaki.",
    "Wants La La Land, and other musicals that end sadly.",
    "A funny story based on a real life family story",
    "Wants what it's all about.",
    "Someone who needs music when guests are tired, and likes to listen to it alone as well.",
    "Wants thrillers by David Fincher, with twists nobody sees coming.",
    "They love westerns, war films and anything else their grandfather used to watch.",
]

BAD = {
    "repetition": [
        "A film about a film about a film about a film about a film.",
        "It goes well with lazy lazy lazy lazy lazy lazy lazy evenings.",
        "It is very funny. It is very sad. It is very kind. It is very long.",
        "\u9759\u304b\u306a\u6620\u753b\u3067\u9759\u304b\u306a\u6620\u753b\u3067\u9759\u304b\u306a\u6620\u753b\u3067\u3059\u3002",
    ],
    "truncation": [
        "Someone who wants a calm film about love, family and",
        "A film with a very realistic feel,",
        "They want stories that end well because",
        "Someone who likes to watch the",
        "I watched it last night and I had to pick up the next episode because I couldn't find it anywhere. Then I saw "
        "that my sister had lent it to a friend of hers who lives by the sea with two dogs, a cat and a large garden, "
        "where they grow tomatoes, beans and other vegetables that are sold at market days in summer mon",
        "A documentary about a city...",
        "The reasons are these:",
    ],
    "echo": [
        "Someone who wants a calm, kind film about food and the sea.",
        "In one or two sentences, what does someone want who chooses it?",
        "We put it on when guests are tired and nobody wants to talk.",
        "So: we put it on when guests are tired and nobody wants to talk, always.",
    ],
    "language": [
        "\u0425\u043e\u0447\u0435\u0442 \u0442\u0438\u0445\u0438\u0439 \u0444\u0438\u043b\u044c\u043c.",
        "\u5b89\u9759\u7684\u7535\u5f71",
        "Alguien que busca una pel\u00edcula tranquila para una noche en casa.",
        "Jemand, der einen ruhigen Film f\u00fcr einen stillen Abend sucht.",
        "Quelqu'un qui cherche un film calme pour une soir\u00e9e \u00e0 la maison.",
        "Algu\u00e9m que quer um filme calmo para uma noite em casa.",
        "Qualcuno che vuole un film calmo per una serata a casa.",
        "Iemand die een rustige film voor een stille avond zoekt.",
        "Kto\u015b, kto szuka spokojnego filmu na cichy wiecz\u00f3r w domu rodzinnym.",
    ],
}


LONG = "Someone who wants a calm film about food and places for a quiet evening at home."


def record(statement, entity="item/1", likes=(), text=None):
    answer = IntentAnswer(tuple(likes), (), statement)
    text = json.dumps({"likes": [*likes], "dislikes": [], "intent": statement}) if text is None else text
    return Record(entity, "k", "valid", 1, text, answer)


def faults(statement, **kwargs):
    return set(find_faults([record(statement, **kwargs)], {"item/1": PROMPT}).get("item/1", ()))


@pytest.mark.parametrize(("fault", "statement"), [(name, text) for name, texts in BAD.items() for text in texts])
def test_planted_faults_are_found(fault, statement):
    assert fault in faults(statement)


@pytest.mark.parametrize("statement", GOOD)
def test_good_answers_have_none(statement):
    assert faults(statement) == set()


def test_good_answers_are_not_the_same():
    assert find_faults(record(text, f"item/{number}") for number, text in enumerate(GOOD)) == {}


def test_a_list_that_repeats_a_phrase():
    statement = "Wants a calm film."
    assert faults(statement, likes=["./The Promise", "The promise!", "The Promise", "wit"]) == {"repetition"}
    assert faults(statement, likes=["calm mood", "calm sea", "kind people", "wit"]) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"likes": [], "dislikes": [], "intent": "Wants a calm film', {"truncation"}),
        ('{"likes": [], "dislikes": [], "intent": "Wants a calm film"}', set()),
        ('{"intent": "Wants a calm film", "likes": ["a"], "dislikes": []} I hope this helps', set()),
        ('<think>{}</think>{"likes": [], "dislikes": [], "intent": "Wants a calm film', {"truncation"}),
    ],
)
def test_an_object_without_an_end_hit_the_limit(text, expected):
    assert faults("Wants a calm film", text=text) == expected


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["Wants calm."] * 3, 3),
        (["Wants calm.", "wants CALM", "Wants  calm!"], 3),
        (["Wants calm."] * 2 + ["Hopes for danger and war."], 0),
        ([LONG, LONG.replace("calm", "kind"), LONG.replace("calm ", "")], 3),
        ([LONG, LONG.replace("calm", "kind"), LONG.replace("calm", "loud").replace("quiet", "long")], 0),
        (["Wants a calm film.", "Wants a kind film.", "Wants a loud film."], 0),
        (["Wants calm.", "Wants danger.", "Wants war."], 0),
    ],
)
def test_the_same_statement_about_many(statements, expected):
    records = [record(text, f"user/{number}") for number, text in enumerate(statements)]
    assert sum("sameness" in found for found in find_faults(records).values()) == expected


def test_users_and_items_are_compared_among_themselves():
    records = [record("Wants wit.", name) for name in ("item/1", "item/2", "user/1", "user/2")]
    assert find_faults(records) == {}
    assert find_faults([*records, record("Wants wit", "user/3")]).keys() == {"user/1", "user/2", "user/3"}


def test_verdicts_are_data_with_the_worst_examples():
    worse, bad = BAD["repetition"][1], "Calm and kind and wise, calm and kind and wise."
    texts = [bad, GOOD[0], worse, GOOD[1], worse]
    records = [record(text, f"item/{number}") for number, text in enumerate(texts)]
    failed = Record("item/9", "k", "failed", 2, "no", reason="no JSON object in the answer")
    verdicts = {verdict.name: verdict for verdict in judge_answers([*records, failed])}
    assert [*verdicts] == [*FAULTS, "any"]
    assert (verdicts["repetition"].count, verdicts["repetition"].total, verdicts["repetition"].share) == (3, 5, 0.6)
    assert verdicts["repetition"].examples == (("item/2", worse), ("item/0", bad)), (
        "each statement once, the worst first"
    )
    assert verdicts["any"].count == 3 and verdicts["echo"].count == 0 and verdicts["echo"].examples == ()
    assert judge_answers([])[-1].share == 0.0
    with pytest.raises(ValueError, match="'examples' must be at least 0"):
        judge_answers([], examples=-1)


def test_a_very_small_model_has_many_faults_and_not_only_faults(tmp_path):
    recorded = Path(__file__).parents[3] / "examples" / "recorded" / "synthetic"
    for file in recorded.glob("answers-*.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    records = [*IntentStore(tmp_path)]
    share = {verdict.name: verdict.share for verdict in judge_answers(records)}
    assert 0.4 < share["any"] < 0.8 and 0.3 < share["truncation"] < 0.6
    assert 0.01 < share["repetition"] < 0.2 and 0.05 < share["sameness"] < 0.4 and share["language"] < 0.02
