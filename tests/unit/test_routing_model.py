"""The router's weights: checked before use, no code in them, and made from the examples that ship."""

import hashlib
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from innkeeper.engine.routing.examples import read_examples
from innkeeper.engine.routing.model import MANIPULATION, NOBODY, RouterModel, load_arrays
from innkeeper.engine.routing.router import load_router
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.schemas.routing import GuestMessage

FOLDER = Path(__file__).parents[2] / "engine" / "routing"
DESCRIPTION = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))


class Opened:
    """Tells when it is unpickled."""

    seen = False

    def __reduce__(self) -> tuple[Any, ...]:
        return setattr, (Opened, "seen", True)


def test_a_flipped_bit_is_refused_with_what_to_do(tmp_path: Path) -> None:
    data = bytearray((FOLDER / "model.npz").read_bytes())
    data[len(data) // 2] ^= 1
    broken = tmp_path / "model.npz"
    broken.write_bytes(data)
    with pytest.raises(ValueError, match=r"model\.npz has SHA-256 [0-9a-f]{64}, .*make train-routing"):
        load_arrays(broken, DESCRIPTION["sha256"])


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "model.npz"
    broken.write_bytes((FOLDER / "model.npz").read_bytes()[:1000])
    with pytest.raises(ValueError, match="SHA-256"):
        load_arrays(broken, DESCRIPTION["sha256"])


def test_code_in_a_file_with_the_right_hash_is_not_run(tmp_path: Path) -> None:
    poisoned = tmp_path / "model.npz"
    np.savez(poisoned, weights=np.array([Opened()], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_arrays(poisoned, hashlib.sha256(poisoned.read_bytes()).hexdigest())
    assert not Opened.seen
    pickle.loads(pickle.dumps(Opened()))
    assert Opened.seen  # it would have told


def test_the_packaged_file_holds_plain_arrays_only() -> None:
    arrays = load_arrays(FOLDER / "model.npz", DESCRIPTION["sha256"])
    assert arrays
    assert {array.dtype.kind for array in arrays.values()} <= set("iuf")
    for name, array in arrays.items():
        assert np.isfinite(array.astype(np.float64)).all(), name


def test_the_model_knows_the_taxonomy_and_the_two_other_labels() -> None:
    model = RouterModel.load()
    assert model.labels == (*load_taxonomy().subcategories, NOBODY, MANIPULATION)
    assert model.sha256 == hashlib.sha256((FOLDER / "model.npz").read_bytes()).hexdigest()


def test_the_model_was_trained_on_the_examples_that_ship() -> None:
    assert DESCRIPTION["examples"] == sum(1 for _ in read_examples())


def test_a_result_names_the_model_that_made_it() -> None:
    result = load_router().route(GuestMessage(message="Two towels please"))
    assert result.engine_version == f"{DESCRIPTION['version']}-{DESCRIPTION['sha256'][:8]}"


def test_a_text_without_known_features_still_has_probabilities() -> None:
    model = RouterModel.load()
    assert np.array_equal(model.linear("☂"), model.linear(""))
    reading = model.read("☂", embed=False)
    assert not reading.embedded
    assert ((reading.probabilities >= 0) & (reading.probabilities <= 1)).all()
