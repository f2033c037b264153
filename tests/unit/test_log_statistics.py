"""The closed forms of the detectors, against scipy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from innkeeper.engine.logs.statistics import (
    at_least,
    at_most,
    beta_cdf,
    corrected,
    normal_at_least,
    row_medians,
    row_quantiles,
    share_at_least,
)

positive = st.floats(0.05, 5_000)


@given(a=positive, b=positive, x=st.floats(0, 1))
def test_the_incomplete_beta_function_is_scipys(a: float, b: float, x: float) -> None:
    assert beta_cdf(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(("a", "b", "x"), [(0, 1, 0.5), (1, -1, 0.5), (1, 1, 1.5), (1, 1, math.nan)])
def test_arguments_out_of_range_are_refused(a: float, b: float, x: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        beta_cdf(a, b, x)


@given(count=st.integers(0, 3_000), mean=st.floats(0.01, 3_000), dispersion=st.floats(0.005, 4))
def test_the_tails_of_counts_are_those_of_the_negative_binomial(count: int, mean: float, dispersion: float) -> None:
    size = 1 / dispersion
    law = stats.nbinom(size, size / (size + mean))
    assert at_least(count, mean, dispersion) == pytest.approx(law.sf(count - 1), rel=1e-5, abs=1e-11)
    assert at_most(count, mean, dispersion) == pytest.approx(law.cdf(count), rel=1e-5, abs=1e-11)


def test_the_probability_of_silence_has_a_closed_form() -> None:
    assert at_most(0, 30, 0.1) == pytest.approx((1 + 0.1 * 30) ** (-1 / 0.1))


@given(hits=st.integers(0, 500), more=st.integers(0, 500), share=st.floats(0.001, 0.999))
def test_the_tail_of_a_share_is_that_of_the_binomial(hits: int, more: int, share: float) -> None:
    expected = stats.binom.sf(hits - 1, hits + more, share) if hits + more else 1.0
    assert share_at_least(hits, hits + more, share) == pytest.approx(expected, rel=1e-5, abs=1e-11)


def test_over_dispersed_shares_are_less_surprising() -> None:
    assert share_at_least(15, 100, 0.02) < share_at_least(15 / 2.5, 100 / 2.5, 0.02) < 0.01


def test_nothing_expected_and_nothing_found_are_handled() -> None:
    assert (at_least(0, 0, 0.1), at_least(3, 0, 0.1), at_most(0, 0, 0.1), at_most(-1, 5, 0.1)) == (1, 0, 1, 0)
    assert (share_at_least(0, 0, 0.1), share_at_least(2, 5, 0), share_at_least(2, 5, 1)) == (1, 0, 1)


def test_the_normal_tail_is_scipys() -> None:
    for z in (-3.0, 0.0, 1.96, 6.0):
        assert normal_at_least(z) == pytest.approx(stats.norm.sf(z), rel=1e-9)


def test_a_correction_never_leaves_the_unit_interval() -> None:
    assert (corrected(0.01, 8), corrected(0.5, 8), corrected(0.01, 0)) == (0.08, 1.0, 0.01)


def test_medians_of_rows_leave_out_what_is_not_known() -> None:
    values = np.array([[1.0, np.nan, 3.0, 100.0], [np.nan] * 4, [4.0, 2.0, np.nan, np.nan]])
    medians, known = row_medians(values)
    assert (medians[0], medians[2], known.tolist()) == (3.0, 3.0, [3, 0, 2])
    assert math.isnan(medians[1])
    assert row_quantiles(values, 1.0)[0][0] == 100.0
    assert row_medians(np.empty((2, 0)))[1].tolist() == [0, 0]
