"""Texts to features, by their words."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .registry import ENCODERS


@ENCODERS.register("tf-idf")
def word_features(texts: Sequence[str], width: int = 1024) -> Tensor:
    r"""Words weighed by their rarity, in their principal directions (latent semantic analysis; `"Indexing by Latent
    Semantic Analysis" <https://doi.org/10.1002/(SICI)1097-4571(199009)41:6%3C391::AID-ASI1%3E3.0.CO;2-9>`_): with
    :math:`n_{tw}` the count of word :math:`w` in text :math:`t` of :math:`n`, and :math:`n_w` texts that have it,

    .. math::
        F_{tw} \propto (1 + \log n_{tw}) \left( 1 + \log \frac{1 + n}{1 + n_w} \right), \qquad
        \mathbf{F} \approx \mathbf{U} \mathbf{\Sigma} \mathbf{V}^{\top}, \qquad \mathbf{X} = \mathbf{U} \mathbf{\Sigma}

    with rows of :math:`\mathbf{F}` of unit length. No language model is read, so that it is the floor of every claim
    about one; yet on titles and names of authors, where the very word counts, it can be the better reading. English
    stop words are left out. It needs scikit-learn, the extra ``words``.

    Args:
        texts: What to encode, all at once: rarity is theirs.
        width: Principal directions kept, at most; few tell subjects apart, many single words. (default: ``1024``)

    Returns:
        Features, ``[len(texts), d_t]`` in single precision; a text without any word that counts is a row of zeros.

    Raises:
        ValueError: ``width`` is below one, or no text holds a word.
        ModuleNotFoundError: scikit-learn is not installed.
    """
    if width < 1:
        raise ValueError(f"'width' must be at least 1 (got {width}); hundreds are usual")
    try:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "word_features needs scikit-learn; install it with pip install 'irllrec_pyg[words]'"
        ) from error
    try:
        words = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
    except ValueError as error:
        raise ValueError(f"none of {len(texts)} 'texts' holds a word that counts; give them in English") from error
    width = min(width, *(max(1, size - 1) for size in words.shape))
    return torch.from_numpy(TruncatedSVD(width, random_state=0).fit_transform(words)).float()
