"""Every loss against a loop in plain Python, and its gradients."""

import math
import re

import pytest
import torch

from irllrec_pyg import losses
from irllrec_pyg.ops import tiled


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def unit(a):
    return [x / math.sqrt(dot(a, a)) for x in a]


def softmax(row):
    top = max(row)
    exps = [math.exp(x - top) for x in row]
    return [x / sum(exps) for x in exps]


def contrast(anchors, candidates, targets):
    """Mean negative log-softmax of each anchor's own candidate."""
    rows = [softmax([dot(a, c) for c in candidates]) for a in anchors]
    return -sum(math.log(row[t]) for row, t in zip(rows, targets, strict=True)) / len(anchors)


def divergence(student, teacher):
    total = 0.0
    for (a, cs), (ta, tcs) in zip(student, teacher, strict=True):
        p, q = softmax([dot(a, c) for c in cs]), softmax([dot(ta, c) for c in tcs])
        total += sum(y * (math.log(y) - math.log(x)) for x, y in zip(p, q, strict=True))
    return total / len(student)


@pytest.fixture(params=[torch.float32, torch.float64], ids=["float32", "float64"])
def views(request):
    return [torch.randn(6, 4, dtype=request.param, requires_grad=True) for _ in range(4)]


def same(value, expected):
    tol = 1e-5 if value.dtype == torch.float32 else 1e-12
    assert value.dim() == 0
    assert float(value.detach()) == pytest.approx(expected, rel=tol, abs=tol)


def test_bpr(views):
    u, p, n, _ = views
    expected = [-math.log(1 / (1 + math.exp(dot(a, c) - dot(a, b)))) for a, b, c in
                zip(u.tolist(), p.tolist(), n.tolist(), strict=True)]  # fmt: skip
    same(losses.BPRLoss()(u, p, n), sum(expected) / 6)


def test_bpr_far_from_zero():
    u = torch.tensor([[1000.0]])
    assert losses.bpr_loss(u, -u, u).isfinite()


def test_pairwise_alignment(views):
    r, z, *_ = views
    rs, zs = ([unit(row) for row in view.tolist()] for view in (r, z))
    scaled = [[x / 0.3 for x in row] for row in rs]
    same(losses.PairwiseAlignment(0.3)(r, z), contrast(scaled, zs, range(6)))


def test_pairwise_alignment_with_more_candidates(views):
    r, z, *_ = views
    target = torch.tensor([5, 0, 2])
    rs, zs = ([unit(row) for row in view.tolist()] for view in (r[:3], z))
    scaled = [[x / 0.2 for x in row] for row in rs]
    same(losses.PairwiseAlignment()(r[:3], z, target), contrast(scaled, zs, target.tolist()))


@pytest.mark.parametrize("cosine", [False, True])
def test_translation_alignment(views, cosine):
    r, z, *_ = views
    rs, zs = ([unit(row) if cosine else row for row in view.tolist()] for view in (r, z))
    up = [[2 * x for x in row] for row in rs], [[2 * x for x in row] for row in zs]
    expected = contrast(up[0], zs, range(6)) + contrast(up[1], rs, range(6))
    same(losses.TranslationAlignment(scale=2.0, noise=0.0, cosine=cosine)(r, z), expected)


def test_translation_alignment_adds_noise_in_training_only(views):
    r, z, *_ = views
    loss = losses.TranslationAlignment(scale=0.5, noise=1.0)
    assert not torch.equal(loss(r, z), loss(r, z))
    expected = losses.TranslationAlignment(scale=0.5, noise=0.0)(r, z)
    assert torch.equal(loss.eval()(r, z), expected)
    assert torch.equal(losses.translation_alignment_loss(r, z, 0.5, noise=0.0), expected)
    assert not torch.equal(losses.translation_alignment_loss(r, z, 0.5, noise=1.0), expected)


def test_translation_noise_is_multiplicative():
    x = torch.tensor([[0.0, 1.0, -2.0]]).expand(20_000, 3)
    moved = losses.perturb(x, 0.5)
    assert not moved[:, 0].any(), "a zero stays a zero"
    torch.testing.assert_close(moved.mean(0), x[0], atol=0.05, rtol=0)
    torch.testing.assert_close(moved.std(0), torch.tensor([0.0, 0.5, 1.0]), atol=0.05, rtol=0)
    assert losses.perturb(x, 0.0) is x


@pytest.mark.parametrize("cosine", [False, True])
def test_interaction_text_matching(views, cosine):
    rows = [[unit(row) if cosine else row for row in view.tolist()] for view in views]
    r, z, rt, zt = rows
    r2, z2, rt2, zt2 = ([[2 * x for x in row] for row in view] for view in rows)
    expected = divergence([(a, z) for a in r2], [(a, zt) for a in rt2])
    expected += divergence([(a, r) for a in z2], [(a, rt) for a in zt2])
    same(losses.InteractionTextMatching(scale=2.0, cosine=cosine)(*views), expected)


def test_soft_cross_entropy(views):
    z, teacher, *_ = views
    expected = [-dot(softmax(t), [math.log(p) for p in softmax(s)])
                for s, t in zip(z.tolist(), teacher.tolist(), strict=True)]  # fmt: skip
    value = losses.soft_cross_entropy(z, teacher)
    same(value, sum(expected) / 6)
    value.backward()
    assert teacher.grad is None


def test_l2(views):
    same(losses.l2_loss(views), sum(x * x for view in views for row in view.tolist() for x in row))
    with pytest.raises(ValueError, match="'parameters' is empty"):
        losses.l2_loss([])


CASES = {
    "bpr": (losses.BPRLoss(), 3),
    "pairwise": (losses.PairwiseAlignment(), 2),
    "translation": (losses.TranslationAlignment(noise=0.0), 2),
    "translation, cosine": (losses.TranslationAlignment(noise=0.0, cosine=True), 2),
    "matching": (losses.InteractionTextMatching(), 4),
    "matching, cosine": (losses.InteractionTextMatching(cosine=True), 4),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients(name):
    loss, count = CASES[name]
    inputs = [torch.randn(5, 3, dtype=torch.double, requires_grad=True) for _ in range(count)]
    teachers = [x.detach() for x in inputs[2:]] if count == 4 else inputs[2:]
    assert torch.autograd.gradcheck(lambda *x: loss(*x, *teachers[len(x) - 2 :]), inputs[:2] if count > 2 else inputs)


@pytest.mark.parametrize("name", CASES)
def test_compiles_as_one_graph(name):
    loss, count = CASES[name]
    inputs = [torch.randn(5, 3) for _ in range(count)]
    torch.testing.assert_close(torch.compile(loss, fullgraph=True)(*inputs), loss(*inputs))


@pytest.mark.parametrize("name", CASES)
def test_holds_no_square_matrix(name, monkeypatch):
    """With tiles of one row, no tensor as large as n x n may ever be made."""
    if name == "bpr":
        pytest.skip("compares no pairs")
    monkeypatch.setattr(tiled, "_TILE_ELEMENTS", 256)
    loss, count = CASES[name]
    n = 512
    largest = 0

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            nonlocal largest
            out = func(*args, **(kwargs or {}))
            for tensor in out if isinstance(out, tuple | list) else [out]:
                if isinstance(tensor, torch.Tensor):
                    largest = max(largest, tensor.numel())
            return out

    inputs = [torch.randn(n, 4, requires_grad=True) for _ in range(count)]
    with Watch():
        loss(*inputs).backward()
    assert 0 < largest < n * n / 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: losses.PairwiseAlignment(temperature=-0.1), r"'temperature' must be above 0 .*the paper uses 0\.2"),
        (lambda: losses.PairwiseAlignment(temperature=0.0), r"'temperature' must be above 0 .*the paper uses 0\.2"),
        (lambda: losses.PairwiseAlignment(temperature=math.inf), "'temperature' must be above 0 and finite"),
        (lambda: losses.SoftmaxLoss(temperature=0.0), r"'temperature' must be above 0 .*0\.1 is the default"),
        (lambda: losses.TranslationAlignment(scale=0.0), "'scale' must be above 0 .*1 leaves the similarities"),
        (lambda: losses.TranslationAlignment(noise=-1.0), "'noise' must not be negative.*use 0 for none"),
        (lambda: losses.InteractionTextMatching(scale=math.nan), "'scale' must be above 0 .*1 leaves the similarities"),
    ],
)
def test_arguments_out_of_range_name_their_own_remedy(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", ["bpr", "pairwise", "translation", "translation, cosine", "matching", "l2", "soft"])
def test_half_precision_is_computed_in_single(name):
    functions = {"l2": lambda *x: losses.l2_loss(x), "soft": losses.soft_cross_entropy}
    loss, count = CASES.get(name) or (functions[name], 2)
    half = [torch.randn(5, 3).bfloat16().requires_grad_() for _ in range(count)]
    value = loss(*half)
    (grad,) = torch.autograd.grad(value, half[:1])
    assert value.dtype == torch.float32 and grad.dtype == torch.bfloat16
    torch.testing.assert_close(value, loss(*(x.float() for x in half)), rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("pairwise", ["anchor", "candidate"]),
        ("translation", ["interaction", "text"]),
        ("matching", ["interaction", "text", "teacher_interaction", "teacher_text"]),
        ("soft", ["student", "teacher"]),
    ],
)
def test_rows_that_do_not_pair_up(name, arguments):
    views = [torch.randn(5, 3), *(torch.randn(4, 3) for _ in arguments[1:])]
    shapes = {argument: list(view.shape) for argument, view in zip(arguments, views, strict=True)}
    with pytest.raises(ValueError, match=re.escape(f"paired row by row (got {shapes})")):
        (losses.soft_cross_entropy if name == "soft" else CASES[name][0])(*views)


def test_str():
    assert str(losses.PairwiseAlignment(0.3)) == "PairwiseAlignment(temperature=0.3)"
    assert str(losses.TranslationAlignment()) == "TranslationAlignment(scale=1.0, noise=1.0, cosine=False)"
    assert str(losses.InteractionTextMatching()) == "InteractionTextMatching(scale=1.0, cosine=False)"
