"""
Train the router from `examples/` and write `model.npz` and `model.json`: `make train-routing`.

Deterministic: the same examples and package versions give the same file on the same kind of processor. About ten
minutes on two cores, most of it embedding. scikit-learn (dependency group `train`) is needed here and nowhere else.
"""

import argparse
import hashlib
import io
import json
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from innkeeper.engine.embedding import embed_query
from innkeeper.engine.language import word_weights
from innkeeper.engine.routing.clauses import clauses
from innkeeper.engine.routing.examples import Example, read_examples
from innkeeper.engine.routing.features import features
from innkeeper.engine.routing.learning import Counts, Floats, Vectorizer, Weights, fit_stacker, one_vs_rest
from innkeeper.engine.routing.model import EMBEDDED_CHARS, MANIPULATION, NOBODY, stacker_inputs
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.engine.safety import hazards
from innkeeper.engine.text import fold, lowered
from innkeeper.schemas.routing import Intent, Sentiment
from innkeeper.schemas.taxonomy import Priority

VERSION = "1"
FOLDS = 4
BLOCK = 12  # neighbouring examples often tell one scene in two languages: they stay in one fold
KEPT_FEATURES = 110_000

COMPOSED = 5_000  # messages put together of two single requests, so that pairs never seen together are learnt as well
COMPOSED_CHARS = 160
JOINTS = {
    "en": (" and ", ". ", ", ", " also ", ". Also, ", " plus ", "; ", " btw ", "? ", ". One more thing: ", " then "),
    "vi": (" và ", ". ", ", ", " với lại ", " tiện thể ", ". À mà ", "; ", " luôn nha, ", " rồi ", ". Với ", " + "),
}

PRIORITIES, SENTIMENTS, INTENTS = list(Priority), list(Sentiment), list(Intent)


def train(cache: Path | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Train on every example; return the arrays and their description."""
    labels = (*load_taxonomy().subcategories, NOBODY, MANIPULATION)
    examples = list(read_examples())
    unknown = sorted({name for example in examples for name, _ in example.requests} - set(labels))
    if unknown:
        raise ValueError(f"examples name subcategories that the taxonomy lacks: {', '.join(unknown)}")
    truth = label_matrix(examples, labels)
    documents = [Counter(features(example.text)) for example in examples]
    plain = [Counter(features(fold(example.text))) if _has_accents(example) else None for example in examples]
    pieces = [[Counter(features(clause.text)) for clause in clauses(example.text)] for example in examples]
    vectors = embeddings([example.text[:EMBEDDED_CHARS] for example in examples], cache)

    def composed(rows: NDArray[np.intp]) -> tuple[list[Counts], NDArray[np.bool_]]:
        return compose(examples, truth, rows)

    folds = np.array([(i // BLOCK) % FOLDS for i in range(len(examples))])
    unseen = _out_of_fold(documents, plain, pieces, truth, folds, composed)
    unseen_embedded = _out_of_fold_embedded(vectors, truth, folds)
    cheap = fit_stacker([stacker_inputs(whole, parts, None) for whole, parts in unseen], truth)
    full = fit_stacker(
        [stacker_inputs(*pair, embedded) for pair, embedded in zip(unseen, unseen_embedded, strict=True)], truth
    )

    rows = [i for i in range(len(examples)) for _ in range(2 if plain[i] else 1)]
    every = [document for both in zip(documents, plain, strict=True) for document in both if document]
    vectorizer = Vectorizer(every)
    matrix = vectorizer.matrix(every)
    pairs, pair_truth = composed(np.arange(len(examples)))
    heads = [
        one_vs_rest(vstack([matrix, vectorizer.matrix(pairs)]).tocsr(), np.vstack([truth[rows], pair_truth])),
        one_vs_rest(matrix, np.array([[example.sentiment == s for s in SENTIMENTS] for example in examples])[rows]),
        one_vs_rest(matrix, np.array([[example.intent == i for i in INTENTS] for example in examples])[rows]),
    ]
    priority, by_subcategory, of_hazard = fit_priority(matrix, rows, examples, labels)
    linear = Weights(
        np.hstack([*(head.weights for head in heads), priority.weights]),
        np.concatenate([*(head.bias for head in heads), priority.bias]),
    )
    mean = vectors.mean(axis=0)
    embedded_head = one_vs_rest(_centred(vectors, mean), truth)
    arrays = {
        **_compact(vectorizer, linear),
        "embedding_mean": mean,
        "embedding_weights": embedded_head.weights.astype(np.float16),
        "embedding_bias": embedded_head.bias,
        "cheap_weights": cheap.weights,
        "cheap_bias": cheap.bias,
        "full_weights": full.weights,
        "full_bias": full.bias,
        "priority_by_subcategory": by_subcategory,
        "priority_of_hazard": of_hazard,
    }
    return arrays, {"version": VERSION, "labels": labels, "examples": len(examples), "features": len(arrays["hashes"])}


def label_matrix(examples: Sequence[Example], labels: Sequence[str]) -> NDArray[np.bool_]:
    """(examples, labels): which labels each example carries."""
    truth = np.zeros((len(examples), len(labels)), dtype=bool)
    for row, example in enumerate(examples):
        for name, _ in example.requests:
            truth[row, labels.index(name)] = True
        truth[row, -2] = not example.requests
        truth[row, -1] = example.manipulation
    return truth


def compose(
    examples: Sequence[Example], truth: NDArray[np.bool_], rows: NDArray[np.intp]
) -> tuple[list[Counts], NDArray[np.bool_]]:
    """Features (`COMPOSED`) and labels of two single-request examples of one language in one message, seeded."""
    generator = random.Random(int(rows[0]) + len(rows))  # noqa: S311  no secret: the same rows give the same pairs
    short = {
        language: [
            row
            for row in rows.tolist()
            if examples[row].language == language
            and len(examples[row].requests) == 1
            and len(examples[row].text) < COMPOSED_CHARS
        ]
        for language in JOINTS
    }
    documents, labels = [], []
    for place in range(COMPOSED):
        language = ("en", "vi")[place % 2]
        first, second = generator.sample(short[language], 2)
        then = examples[second].text
        then = then[:1].lower() + then[1:] if generator.random() < 0.5 else then
        text = examples[first].text.rstrip(" .!") + generator.choice(JOINTS[language]) + then
        text = fold(text) if language == "vi" and generator.random() < 0.4 else text
        documents.append(Counter(features(text)))
        labels.append(truth[first] | truth[second])
    return documents, np.array(labels)


def fit_priority(
    matrix: csr_matrix, rows: Sequence[int], examples: Sequence[Example], labels: Sequence[str]
) -> tuple[Weights, Floats, Floats]:
    """Priority of a request from the message's words, its subcategory and whether a hazard was found."""
    where, what, which = [], [], []
    for position, row in enumerate(rows):
        for name, priority in examples[row].requests:
            where.append(position)
            what.append(labels.index(name))
            which.append(PRIORITIES.index(priority))
    alarmed = np.array([bool(hazards(example.text)) for example in examples])[np.array(rows)][where]
    subcategory = csr_matrix((np.ones(len(what)), (np.arange(len(what)), what)), shape=(len(what), len(labels) - 2))
    together = hstack([matrix[where], subcategory, csr_matrix(alarmed[:, None].astype(np.float32))]).tocsr()
    fitted = one_vs_rest(together, np.eye(len(PRIORITIES), dtype=bool)[which])
    words = matrix.shape[1]
    return Weights(fitted.weights[:words], fitted.bias), fitted.weights[words:-1], fitted.weights[-1]


def embeddings(texts: Sequence[str], cache: Path | None) -> Floats:
    """(texts, 384); vectors in the `cache` file are not computed again."""
    known: dict[str, Floats] = {}
    if cache and cache.exists():
        with np.load(cache, allow_pickle=False) as archive:
            known = dict(zip(archive["texts"].tolist(), archive["vectors"], strict=True))
    for text in texts:
        if text not in known:
            vector = embed_query(text)
            if vector is None:
                raise RuntimeError("the router is trained with the embedder, which cannot run on this machine")
            known[text] = vector
    if cache:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[text] for text in texts])


def _out_of_fold(
    documents: list[Counts],
    plain: list[Counts | None],
    pieces: list[list[Counts]],
    truth: NDArray[np.bool_],
    folds: NDArray[Any],
    composed: Callable[[NDArray[np.intp]], tuple[list[Counts], NDArray[np.bool_]]],
) -> list[tuple[Floats, Floats]]:
    """For every example, log-odds of the whole and of each clause by a model that did not see it."""
    scores: list[tuple[Floats, Floats]] = [(np.empty(0, np.float32), np.empty(0, np.float32))] * len(documents)
    for part in range(FOLDS):
        others = np.flatnonzero(folds != part)
        rows = [i for i in others for _ in range(2 if plain[i] else 1)]
        seen = [document for i in others for document in (documents[i], plain[i]) if document]
        pairs, pair_truth = composed(others)
        vectorizer = Vectorizer(seen)
        model = one_vs_rest(vectorizer.matrix([*seen, *pairs]), np.vstack([truth[rows], pair_truth]))
        score = _scorer(vectorizer, model)
        for i in np.flatnonzero(folds == part):
            scores[i] = (score([documents[i]])[0], score(pieces[i]))
    return scores


def _scorer(vectorizer: Vectorizer, model: Weights) -> Callable[[list[Counts]], Floats]:
    return lambda documents: np.asarray(vectorizer.matrix(documents) @ model.weights + model.bias, dtype=np.float32)


def _out_of_fold_embedded(vectors: Floats, truth: NDArray[np.bool_], folds: NDArray[Any]) -> Floats:
    centred = _centred(vectors, vectors.mean(axis=0))
    scores = np.zeros(truth.shape, dtype=np.float32)
    for part in range(FOLDS):
        model = one_vs_rest(centred[folds != part], truth[folds != part])
        scores[folds == part] = centred[folds == part] @ model.weights + model.bias
    return scores


def _centred(vectors: Floats, mean: Floats) -> Floats:
    centred = vectors - mean
    return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True), dtype=np.float32)


def _compact(vectorizer: Vectorizer, linear: Weights) -> dict[str, Any]:
    """The `KEPT_FEATURES` features that matter most, their weights in one byte each."""
    importance = (np.abs(linear.weights) * vectorizer.idf[:, None]).max(axis=1)
    kept = np.sort(np.argsort(-importance, kind="stable")[:KEPT_FEATURES])
    scale = np.abs(linear.weights).max(axis=0) / 127
    return {
        "hashes": np.array(vectorizer.hashes, dtype=np.uint32)[kept],
        "idf": vectorizer.idf[kept].astype(np.float16),
        "weights": np.round(linear.weights[kept] / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "bias": linear.bias.astype(np.float32),
    }


def _has_accents(example: Example) -> bool:
    return example.language == "vi" and fold(example.text) != lowered(example.text)


def write_model(arrays: dict[str, Any], description: dict[str, Any], folder: Path) -> None:
    """Write `model.npz` (no time stamps: the same arrays give the same bytes), and `model.json` with its hash."""
    path = folder / "model.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.save(buffer, arrays[name], allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0)), buffer.getvalue(), zipfile.ZIP_DEFLATED
            )
    description["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def write_language_words(folder: Path) -> None:
    """Write `language.json`, the word table of `innkeeper.engine.language`."""
    table = word_weights([(example.language, example.text) for example in read_examples()])
    (folder / "language.json").write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def main() -> None:
    """Train and write the packaged model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="keep embeddings in this file, for the next training")
    arguments = parser.parse_args()
    arrays, description = train(arguments.cache)
    write_model(arrays, description, Path(str(files("innkeeper.engine.routing"))))
    write_language_words(Path(str(files("innkeeper.engine"))))
    print(json.dumps({key: value for key, value in description.items() if key != "labels"}))  # noqa: T201  a command's result


if __name__ == "__main__":
    main()
