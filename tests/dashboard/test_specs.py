from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from dashboard.model.codebooks import CodebookSpec, SpecError, typed_codebook
from dashboard.model.presets import OWN, PRESETS
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.uploads import store
from rdcore.tables import propose

STORY = Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),))


def preset_spec(name: str) -> SourceSpec:
    return SourceSpec(name, tuple(knob.start for knob in PRESETS[name].knobs))


def test_specs_are_small_keys() -> None:
    spec = ProblemSpec(STORY, 0.6)
    same = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),)), 0.6)
    assert spec == same
    assert hash(spec) == hash(same)


def test_the_problem_is_what_was_chosen() -> None:
    problem = ProblemSpec(STORY, 0.6).problem()
    source = rd.sources.three_modes()
    average, held = problem.fidelities
    assert np.array_equal(problem.source.pmf, source.pmf)
    assert np.array_equal(problem.codebook, np.linspace(-8, 8, 64))
    assert (average.level, average.measure) == (0.6, "average")
    assert (held.level, held.measure) == (0.05, "conditional")
    assert np.array_equal(held.mask, abs(source.atoms) < 1)


def test_an_empty_subset_holds_nothing() -> None:
    for text in ("", "+[0.01,0.02]", "+(-1,1) -all"):
        setting = Setting(SourceSpec("three_modes"), subsets=(Subset(text),))
        assert len(setting.problem(0.6).fidelities) == 1


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_opens_with_something_that_can_be_met(name: str) -> None:
    preset = PRESETS[name]
    setting = Setting(
        preset_spec(name),
        distortion=preset.distortion,
        subsets=(Subset(preset.subset, preset.subset_level),),
    )
    solution = rd.solve(setting.problem(preset.level))
    assert solution.status.converged
    assert solution.rate_bits > 0.1
    assert len(solution.prices) == 2
    assert solution.prices[1] > 1e-3, "the subset of the opening story must cost something"


def test_codebooks() -> None:
    source = SourceSpec("three_modes")
    assert len(Setting(source, CodebookSpec("grid", 17)).problem(1).codebook) == 17
    typed = Setting(source, CodebookSpec("typed", typed="3; -1 −5, 3")).problem(1).codebook
    assert typed.tolist() == [-5, -1, 3]
    coin = Setting(SourceSpec("bernoulli", (0.3,)), distortion="hamming").problem(0.1)
    assert coin.codebook.tolist() == [0, 1]
    plane = Setting(SourceSpec("four_clusters"), CodebookSpec("grid", 20)).problem(9)
    assert plane.codebook.shape == (16, 2)


@pytest.mark.parametrize(
    ("text", "dim", "says"),
    [
        ("", 1, "No codewords are typed; “-5, -1, 2.5” is accepted"),
        ("1, two", 1, "cannot be read as numbers"),
        ("1, inf", 1, "Each codeword needs 1 finite number;"),
        ("1, nan", 1, "Each codeword needs 1 finite number;"),
        ("1, 1e300", 1, "Each codeword needs 1 finite number;"),
        ("1, 2", 2, "Each codeword needs 2 finite numbers; “-4 -4, 4 4” is accepted"),
        (" ".join(str(i) for i in range(300)), 1, "300 codewords are typed; use at most 256"),
    ],
)
def test_typed_codebooks_that_cannot_be_used(text: str, dim: int, says: str) -> None:
    with pytest.raises(SpecError, match=r"accepted|at most|needs") as caught:
        typed_codebook(text, dim)
    assert says in str(caught.value)


def test_typed_codewords_in_the_plane() -> None:
    assert typed_codebook("-4 -4, 4 4", 2).tolist() == [[-4, -4], [4, 4]]


def test_too_much_at_once_is_refused() -> None:
    setting = Setting(SourceSpec("four_clusters"), CodebookSpec("grid", 256))
    with pytest.raises(SpecError, match="use at most 250 codewords"):
        setting.problem(9)
    every = Setting(SourceSpec("four_clusters"), subsets=(Subset("+all", 9, "each"),))
    with pytest.raises(SpecError, match="“Each symbol” accepts at most"):
        every.problem(9)


def test_an_upload_is_found_by_its_digest() -> None:
    digest = store.put("people.csv", b"cm\n1\n2\n2\n4\n")
    table = store.table(digest)
    assert table is not None
    spec = SourceSpec(OWN, digest=digest, choice=propose(table))
    source = spec.source()
    assert source.atoms.tolist() == [1, 2, 4]
    assert source.pmf.tolist() == [0.25, 0.5, 0.25]
    assert spec.labels == ("cm",)


def test_an_upload_that_is_gone_says_so() -> None:
    with pytest.raises(SpecError, match="upload the file again"):
        SourceSpec(OWN, digest="0" * 32).source()


def test_a_file_named_like_a_preset_does_not_take_its_codebook() -> None:
    digest = store.put("gaussian", b"gaussian\n10\n20\n30\n")
    table = store.table(digest)
    assert table is not None
    problem = Setting(SourceSpec(OWN, digest=digest, choice=propose(table))).problem(1.0)
    assert problem.codebook.min() == 10
    assert problem.codebook.max() == 30


def test_a_problem_at_another_level_keeps_the_others() -> None:
    spec = ProblemSpec(STORY, 0.6)
    assert spec.at(0, 0.54).level == 0.54
    assert spec.at(1, 0.045).levels == (0.6, 0.045)
