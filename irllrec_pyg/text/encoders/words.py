"""Text encoder from words."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .registry import ENCODERS, batch_dependent


@ENCODERS.register("tf-idf")
@batch_dependent
def word_features(texts: Sequence[str], width: int = 1024) -> Tensor:
    r"""Latent semantic analysis: words weighted by their rarity, in their principal directions (`"Indexing by Latent
    Semantic Analysis" <https://doi.org/10.1002/(SICI)1097-4571(199009)41:6%3C391::AID-ASI1%3E3.0.CO;2-9>`_).

    With :math:`n_{tw}` the count of word :math:`w` in text :math:`t`, :math:`n` texts, and :math:`n_w` texts that
    contain the word,

    .. math::
        F_{tw} \propto (1 + \log n_{tw}) \left( 1 + \log \frac{1 + n}{1 + n_w} \right), \qquad
        \mathbf{F} \approx \mathbf{U} \mathbf{\Sigma} \mathbf{V}^{\top}, \qquad \mathbf{X} = \mathbf{U} \mathbf{\Sigma}

    where the rows of :math:`\mathbf{F}` have unit length. It uses no language model, so any claim about one should be
    compared with it. On titles and names, where the exact word matters, it can be the better encoder. English stop
    words are left out. It needs scikit-learn, which the extra ``words`` installs.

    Args:
        texts: The texts, all at once, because the rarity of a word is counted in them.
        width: Maximum number of principal directions. A few distinguish subjects, many distinguish single words.
            (default: ``1024``)

    Returns:
        Features in single precision, ``[len(texts), d_t]``. The row of a text without words, or with stop words only,
        is zero.

    Raises:
        ValueError: ``width`` is below one, or no text contains a word.
        ModuleNotFoundError: scikit-learn is not installed.

    Examples:
        >>> features = word_features(["a dark film", "a dark, quiet film", "loud music"])
        >>> similarity = features @ features.t()
        >>> bool(similarity[0, 1] > similarity[0, 2])
        True
    """
    if width < 1:
        raise ValueError(f"'width' must be at least 1 (got {width}); hundreds are usual")
    try:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "word_features needs scikit-learn; install it with pip install 'irllrec-pyg[words]'"
        ) from error
    try:
        words = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
    except ValueError as error:
        raise ValueError(
            f"none of {len(texts)} 'texts' contains a word other than stop words; give texts in English"
        ) from error
    width = min(width, *(max(1, size - 1) for size in words.shape))
    return torch.from_numpy(TruncatedSVD(width, random_state=0).fit_transform(words)).float()
