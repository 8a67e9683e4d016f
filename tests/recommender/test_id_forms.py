"""Ids can be a list, a tuple, an array, a tensor or a column of a table, wherever a function takes ids."""

import numpy as np
import pandas as pd
import pytest
import torch

from irllrec_pyg import Engine
from irllrec_pyg.data import plain_ids
from irllrec_pyg.models import EASE
from irllrec_pyg.ranking import EmbeddingRanker, evaluate, evaluate_users, top_k
from irllrec_pyg.recommender import ItemIndex, Prototypes, recommend_with_index
from irllrec_pyg.testing import tiny_data


def column(ids):
    """A column of a table of which some rows were taken, so that its index does not begin at zero."""
    return pd.DataFrame({"id": [*ids, *ids]}).iloc[len(ids) :]["id"]


FORMS = {"tuple": tuple, "array": np.array, "column": column, "index": pd.Index}
KINDS = {"numbers": lambda side, node: 100 + node, "names": lambda side, node: f"{side} {node}"}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(params=[*FORMS, "tensor"])
def form(request, kind):
    if request.param == "tensor" and kind == "names":
        pytest.skip("a tensor holds numbers")
    return torch.tensor if request.param == "tensor" else FORMS[request.param]


@pytest.fixture
def engine(kind):
    data = tiny_data()
    for side in ("user", "item"):
        data[side].original_id = [KINDS[kind](side, node) for node in range(data[side].num_nodes)]
    data["item"].price = [float(item // 5) for item in range(20)]
    return Engine(EASE.from_data(data), data)


def ids(engine, side, *nodes):
    return [engine.data[side].original_id[node] for node in nodes]


def items(engine):
    return ids(engine, "item", 2, 3, 4)


def users(engine):
    return ids(engine, "user", 3, 4, 5)


def joining(engine, side):
    first = engine.data[side].original_id[0]
    return [f"{first}, again", "another"] if isinstance(first, str) else [70, 71]


def joined(engine, side):
    """Ids of everyone after some joined, and what the last one gets; plain values, as a saved engine needs them."""
    known = engine.data[side].original_id
    assert {type(value) for value in known} == {type(known[0])}
    return known, engine.recommend(engine.data["user"].original_id[-1:], k=3).values.tolist()


def table(form, **columns):
    return pd.DataFrame({name: form(values) for name, values in columns.items()})


# Each call gives one result, whatever the form of the ids in it.
CALLS = {
    "users": lambda e, f: e.recommend(f(users(e)), k=3),
    "exclude": lambda e, f: e.recommend(users(e), k=3, exclude=f(items(e))),
    "exclude of a user": lambda e, f: e.recommend(users(e), k=3, exclude={users(e)[0]: f(items(e))}),
    "among": lambda e, f: e.recommend(users(e), k=3, among=f(items(e)), exclude=None),
    "among by a mask": lambda e, f: e.recommend(users(e), k=3, among=f([item % 2 == 0 for item in range(20)])),
    "among by a column": lambda e, f: e.recommend(users(e), k=3, among={"price": f([1.0, 3.0])}),
    "similar items": lambda e, f: e.similar_items(f(items(e)), k=3),
    "similar users": lambda e, f: e.similar_users(f(users(e)), k=3),
    "a history": lambda e, f: e.recommend_for(f(items(e)), k=3),
    "exclude for a history": lambda e, f: e.recommend_for(items(e)[:1], k=3, exclude=f(items(e))),
    "users who join": lambda e, f: joined(e.add_users(f(joining(e, "user")), [items(e)] * 2), "user"),
    "their histories": lambda e, f: joined(e.add_users(joining(e, "user"), [f(items(e))] * 2), "user"),
    "items that join": lambda e, f: joined(e.add_items(None, f(joining(e, "item")), [users(e)] * 2), "item"),
    "their takers": lambda e, f: joined(e.add_items(None, joining(e, "item"), [f(users(e))] * 2), "item"),
    "users and items of an update": lambda e, f: joined(
        e.update(table(f, user=joining(e, "user"), item=joining(e, "item"))), "user"
    ),
    "an index": lambda e, f: recommend_with_index(e, index(e), f(users(e)), k=3, shortlist=10),
}


def index(engine):
    vectors = torch.Generator().manual_seed(0)
    return ItemIndex(torch.randn(20, 4, generator=vectors), user_embedding=torch.randn(24, 4, generator=vectors))


@pytest.mark.parametrize("name", CALLS)
def test_every_form_of_original_ids_gives_the_same(name, engine, form):
    expected, found = CALLS[name](engine, list), CALLS[name](engine, form)
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected)
    else:
        assert found == expected


@pytest.mark.parametrize("side", ["user", "item"])
def test_an_id_can_be_an_entry_of_any_form(engine, form, side):
    user, item = ids(engine, "user", 3)[0], items(engine)[0]
    one = next(iter(form([user if side == "user" else item])))
    given = (one, item) if side == "user" else (user, one)
    assert str(engine.explain(*given)) == str(engine.explain(user, item))
    prototypes = Prototypes.from_ranker(EmbeddingRanker(torch.eye(24)[:, :20], torch.eye(20)), engine.data, 3)
    assert prototypes.carrying(*given) == prototypes.carrying(user, item)


NODES = {
    "top_k": lambda r, f: top_k(r, f([3, 5]), 4),
    "exclude of top_k": lambda r, f: top_k(r, [3, 5], 4, exclude=[f([3, 3]), f([1, 2])]),
    "evaluate_users": lambda r, f: list(evaluate_users(r, [f([3, 5]), f([1, 2])], k=(5,)).values["recall@5"]),
    "exclude of evaluate": lambda r, f: evaluate(r, [[3, 5], [1, 2]], [f([3, 5]), f([7, 8])], k=(5,)),
}


@pytest.mark.parametrize("form", [*FORMS.values(), torch.tensor], ids=[*FORMS, "tensor"])
@pytest.mark.parametrize("name", NODES)
def test_every_form_of_node_ids_gives_the_same(name, form):
    ranker = EASE.from_data(tiny_data())
    torch.testing.assert_close(NODES[name](ranker, form), NODES[name](ranker, list))


def test_node_ids_that_are_no_numbers_are_an_error():
    with pytest.raises(ValueError, match=r"'user' must hold node ids, which are integers \(got 'ann'\)"):
        top_k(EASE.from_data(tiny_data()), ["ann"])


@pytest.mark.parametrize("form", [np.array, torch.tensor, pd.DataFrame, lambda pairs: [*map(tuple, pairs)]])
def test_pairs_can_be_of_any_form(form):
    ranker, pairs = EASE.from_data(tiny_data()), [[3, 3, 5], [1, 2, 2]]
    assert evaluate(ranker, form(pairs), k=(5,)) == evaluate(ranker, pairs, k=(5,))
    torch.testing.assert_close(top_k(ranker, [3], 4, exclude=form(pairs)), top_k(ranker, [3], 4, exclude=pairs))


def test_dates_keep_their_digits():
    days = np.array(["2024-05-01T00:00:00.123456789", "2024-05-02"], dtype="datetime64[ns]")
    assert plain_ids(days) == list(days) and plain_ids(pd.Series(days)) == [pd.Timestamp(day) for day in days]
