"""Meaning: cosine of embeddings, from which each language's own direction is taken away first.

Raw multilingual embeddings rank every passage of the query's language before any other. Without the mean vector of
each language, what is left is mostly meaning.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from innkeeper.schemas.errors import InputInvalid

Vectors = NDArray[np.float32]
EmbedQuery = Callable[[str], Vectors | None]

LANGUAGES = ("en", "vi")  # rows of the centres; any other language shares the mean of all
_PRIOR_PASSAGES = 8  # a language with few chunks leans on the centre of its queries
_GENERIC_QUERIES = {
    "en": (
        "What time does it open?", "How much does it cost?", "Who should I contact about this?", "Where can I find it?",
        "Is it allowed for guests?", "What are the steps of the procedure?", "How do I book or cancel?",
        "What is the policy on this?", "How long does it take?", "What should staff do when something breaks?",
        "Is there an extra charge for children?", "Which services are included?",
        "How many people live in the city?", "Who was the first president of the country?", "When did the war begin?",
        "What is the main cause of the problem?", "Where is the company located?", "Which book did the author write?",
        "What does the word mean?", "Why did the team lose the game?", "How is the material produced?",
        "What kind of animal lives in the sea?", "How long does the course take?", "Who invented the machine?",
    ),
    "vi": (
        "Mấy giờ thì mở cửa?", "Giá bao nhiêu tiền?", "Tôi nên liên hệ với ai về việc này?", "Tôi có thể tìm ở đâu?",
        "Khách có được phép không?", "Các bước của quy trình là gì?", "Làm sao để đặt hoặc hủy?",
        "Chính sách về việc này như thế nào?", "Mất bao lâu?", "Nhân viên cần làm gì khi có hỏng hóc?",
        "Trẻ em có bị tính thêm phí không?", "Những dịch vụ nào đã bao gồm?",
        "Có bao nhiêu người sống ở thành phố?", "Ai là tổng thống đầu tiên của đất nước?",
        "Chiến tranh bắt đầu khi nào?",
        "Nguyên nhân chính của vấn đề là gì?", "Công ty nằm ở đâu?", "Tác giả đã viết cuốn sách nào?",
        "Từ đó có nghĩa là gì?", "Tại sao đội bóng thua trận?", "Vật liệu được sản xuất như thế nào?",
        "Loài vật nào sống ở biển?", "Khóa học kéo dài bao lâu?", "Ai đã phát minh ra chiếc máy?",
    ),
}  # fmt: skip


def query_centres(embed: EmbedQuery) -> Vectors | None:
    """
    (2, d) mean embedding of two dozen generic questions per language; a second with the local embedder.

    Returns:
        One row per entry of `LANGUAGES`, or none when the embedder cannot run.
    """
    rows = []
    for language in LANGUAGES:
        vectors = [embed(text) for text in _GENERIC_QUERIES[language]]
        found = [vector for vector in vectors if vector is not None]
        if len(found) < len(vectors):
            return None
        rows.append(np.mean(found, axis=0))
    return np.array(rows, dtype=np.float32)


@dataclass(frozen=True)
class DenseIndex:
    """
    Embeddings of an index.

    Attributes:
        matrix: (n, d) float32, centred per language and of length 1.
        centres: (2, d) float32 to take away from queries, a row per entry of `LANGUAGES`.
        spread: Typical cosine of two unrelated chunks; one over the root of the useful dimensions.
    """

    matrix: Vectors
    centres: Vectors
    spread: float

    @classmethod
    def build(cls, vectors: NDArray[Any], languages: Sequence[str], centres: Vectors | None) -> Self:
        """
        Centre `vectors` (n, d), one per chunk, by `languages` (n tags).

        Raises:
            InputInvalid: The numbers of vectors and chunks differ, or a vector is not finite.
        """
        if vectors.ndim != 2 or len(vectors) != len(languages):
            raise InputInvalid(f"{len(vectors)} vectors for {len(languages)} chunks; embed every chunk once.")
        matrix = _unit(np.asarray(vectors, dtype=np.float32))
        if not np.isfinite(matrix).all():
            raise InputInvalid("An embedding holds a value that is not a number; embed the documents again.")
        if centres is None:
            centres = np.zeros((len(LANGUAGES), matrix.shape[1]), dtype=np.float32)
        tags = np.array([LANGUAGES.index(tag) if tag in LANGUAGES else -1 for tag in languages])
        centred = np.empty_like(matrix)
        for tag in np.unique(tags):
            group = tags == tag
            prior = centres[tag] if tag >= 0 else centres.mean(axis=0)
            mean = (matrix[group].sum(axis=0) + _PRIOR_PASSAGES * prior) / (group.sum() + _PRIOR_PASSAGES)
            centred[group] = matrix[group] - mean
        centred = _unit(centred)
        return cls(centred, centres, _spread(centred))

    def cosines(self, query: Vectors, language: str) -> Vectors:
        """
        (n,) cosine of each chunk with a query, -1 to 1; around 0 for what is unrelated.

        Raises:
            InputInvalid: The query has another number of dimensions than the index.
        """
        if query.shape != (self.matrix.shape[1],):
            raise InputInvalid(
                f"The query has {query.shape} dimensions, the index {self.matrix.shape[1]}; embed both with one model."
            )
        centred = _unit(query.astype(np.float32)) - self.centres[LANGUAGES.index(language)]
        return np.asarray(self.matrix @ _unit(centred))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What a snapshot keeps: the matrix in half precision."""
        return {"matrix": self.matrix.astype(np.float16), "centres": self.centres}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The reverse of `arrays`."""
        matrix = arrays["matrix"].astype(np.float32)
        return cls(matrix, arrays["centres"], _spread(matrix))


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def _spread(matrix: Vectors) -> float:
    """Root mean square cosine of pairs of chunks that stand far apart in the index."""
    count = len(matrix)
    if count < 4:
        return 0.0
    sample = np.unique(np.linspace(0, count - 1, min(count, 500)).astype(int))
    others = (sample + int(0.382 * count)) % count  # no half: some indexes hold one language after the other
    return float(np.sqrt(np.mean(np.sum(matrix[sample] * matrix[others], axis=1) ** 2)))
