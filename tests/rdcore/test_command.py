"""The command line prints the numbers that the package computes, and says what it accepts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rdcore as rd
from rdcore.command import condition, main
from rdcore.errors import InputError
from rdcore.problem.level_scale import MEASURES, LevelScale

ROOT = Path(__file__).parents[2]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    draw = np.random.default_rng(1)
    usual, alarm = draw.normal(20, 2, 200).round(), draw.normal(85, 3, 40).round()
    lines = [f"{value:g},ok,1" for value in usual] + [f"{value:g},alarm,2" for value in alarm]
    path.write_text("\n".join(["temp [°C],status,count", *lines]), encoding="utf-8")
    return path


def source(path: Path, *, weighted: bool) -> rd.Source:
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    values = np.array([float(row[0]) for row in rows])
    counts = np.array([float(row[2]) if weighted else 1.0 for row in rows])
    atoms, place = np.unique(values, return_inverse=True)
    return rd.sources.from_pmf(atoms, np.bincount(place, counts))


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert main([*map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    try:
        status = main([*map(str, arguments)])
    except SystemExit as end:
        status = int(end.code or 0)
    assert status == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_the_free_codebook_in_rms(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, log, "--column", "temp", "--distortion", "rms", "--D", "0.5")
    known = source(log, weighted=True)
    solution = rd.solve(rd.Problem(known, rd.EVERY, fidelities=[rd.average(0.25)]))
    assert found["columns"] == ["temp [°C]"]
    assert found["weights"] == "count"
    assert found["rate_bits"] == pytest.approx(solution.rate_bits, abs=1e-8)
    assert found["lower_bits"] <= solution.rate_bits <= found["upper_bits"] + 1e-8
    assert found["upper_bits"] - found["lower_bits"] == pytest.approx(found["gap_bits"])
    (level,) = found["constraints"]
    assert (level["name"], level["level"], level["unit"]) == ("D", 0.5, "°C")
    assert level["reached"] == pytest.approx(0.5, abs=1e-6)
    # dR/d(rms) = 2 rms dR/dD.
    assert level["price_bits"] == pytest.approx(float(solution.prices_bits[0]), abs=1e-4)


def test_chosen_codewords_and_no_weights(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, log, "--weights", "none", "--codewords", "60", "--D", "2")
    known = source(log, weighted=False)
    problem = rd.Problem(known, rd.sources.grid_codebook(known, 60), fidelities=[rd.average(2.0)])
    assert found["codebook"] == "60"
    assert found["weights"] == ""
    assert found["rate_bits"] == pytest.approx(rd.solve(problem).rate_bits, abs=1e-9)
    assert found["constraints"][0]["unit"] == "°C²"


def test_a_subset_of_values(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--codewords", "400", "--distortion", "absolute", "--D", "1", "--subset", ">80: 0.5")
    found = run(capsys, log, *asked)
    known = source(log, weighted=True)
    inside = known.atoms > 80
    fidelities = [rd.average(1.0), rd.subset(inside, 0.5, "conditional")]
    codebook = rd.sources.grid_codebook(known, 400)
    solution = rd.solve(rd.Problem(known, codebook, "absolute", fidelities))
    assert found["rate_bits"] == pytest.approx(solution.rate_bits, abs=1e-9)
    prices = [one["price_bits"] for one in found["constraints"]]
    np.testing.assert_allclose(prices, solution.prices_bits, rtol=1e-5)


def test_a_subset_of_rows_is_a_part_of_each_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,status\n" + "1,a\n1,b\n2,a\n2,b\n3,a\n3,b\n", encoding="utf-8")
    asked = ("--distortion", "hamming", "--D", "0.3", "--subset", "status=b: 0.1")
    found = run(capsys, path, *asked)
    assert found["atoms"] == 6
    # The encoder knows the status: each half is coded by itself, at .5 and at .1, for 3 values.
    halves = [float(rd.closed_forms.hamming_uniform(3, level)) / np.log(2) for level in (0.5, 0.1)]
    assert found["rate_bits"] == pytest.approx(np.mean(halves), abs=1e-6)


def test_snr_is_relative_to_the_variance(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, log, "--distortion", "snr", "--D", "20", "--codewords", "300")
    known = source(log, weighted=True)
    level = known.variance / 100
    mse = run(capsys, log, "--D", repr(level), "--codewords", "300")
    assert found["rate_bits"] == pytest.approx(mse["rate_bits"], abs=1e-9)
    assert found["constraints"][0]["reached"] == pytest.approx(20, abs=1e-6)
    assert found["constraints"][0]["unit"] == "dB"


@pytest.mark.parametrize("measure", ["mse", "rms", "snr", "absolute"])
def test_prices_are_slopes_in_the_stated_unit(
    measure: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    level, step = (18.0, -1e-3) if measure == "snr" else (1.5, 1e-3)
    asked = (log, "--distortion", measure, "--codewords", "300", "--D")
    rates = [run(capsys, *asked, repr(level + k * step))["rate_bits"] for k in (-1, 1)]
    price = run(capsys, *asked, repr(level))["constraints"][0]["price_bits"]
    assert (rates[0] - rates[1]) / (2 * abs(step)) == pytest.approx(price, rel=1e-3)


def test_text_for_a_person(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(log), "--distortion", "rms", "--D", "0.5"]) == 0
    text = capsys.readouterr().out
    assert "rate     " in text
    assert "codebook free" in text
    assert "bits/°C" in text
    assert "All 240 rows used." in text


def test_how_the_file_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x\n1,250\n2,480\n3,100\n", encoding="utf-8")
    assert "nothing decides" in " ".join(run(capsys, path, "--D", "1000")["notes"])
    wide = run(capsys, path, "--D", "1000", "--delimiter", "none")
    narrow = run(capsys, path, "--D", "0.001", "--decimal", ",", "--unit", "m")
    assert wide["rate_bits"] == pytest.approx(narrow["rate_bits"], abs=1e-6)
    assert narrow["constraints"][0]["unit"] == "m²"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--D", "x"], ["--D", "'x'", "a finite number is accepted"]),
        (["--D", "-1"], ["level of mse", "-1", "at least 0"]),
        (["--D", "1", "--column", "no"], ["“no”", "temp [°C]"]),
        (["--D", "1", "--weights", "no"], ["“no”", "temp [°C]"]),
        (["--D", "1", "--subset", "status=no: 1"], ["“status=no”", "“alarm”, “ok” are accepted"]),
        (["--D", "1", "--subset", "no=1: 1"], ["“no”", "temp [°C]"]),
        (["--D", "1", "--subset", ">80"], ["'>80'", "has no level"]),
        (["--D", "1", "--subset", "?: 1"], ["“?”", "are accepted"]),
        (["--D", "1", "--subset", ">a: 1"], ["“>a”", "a number is accepted"]),
        (["--D", "1", "--subset", ">800: 1"], ["“>800”", "no row that is used"]),
        (["--D", "1", "--subset", "9..1: 1"], ["“9..1”", "empty"]),
        (["--D", "1", "--codewords", "0"], ["--codewords", "'0'", "at least 1"]),
        (["--D", "1", "--codewords", "2"], ["2 codewords", "--D is 1 °C²", "at least"]),
        (["--D", "1", "--delimiter", "x"], ["--delimiter", "'x'", "semicolon"]),
        (["--D", "1", "--decimal", "x"], ["--decimal", "'x'", "choose from"]),
        (["--D", "1", "--missing", "x"], ["“x”", "“-999, 9999” is accepted"]),
        (["--D", "1", *["--column", "temp"] * 17], ["--column", "17 times"]),
        (["--D", "1", *["--column", "temp"] * 3], ["“temp [°C]”", "chosen twice"]),
        (["--D", "1", "--candidates", "2000"], ["'2000'", "at most 1024"]),
    ],
)
def test_errors_name_the_field_the_value_and_what_is_accepted(
    arguments: list[str], words: list[str], log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused(capsys, log, *arguments)
    assert [word for word in words if word not in message] == []


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert "'nowhere.csv' cannot be read" in refused(capsys, "nowhere.csv", "--D", "1")


def test_help_teaches_by_example() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rdcore", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for word in ("--subset", "status=alarm: 0.05", "--codewords", "--decimal", "examples:"):
        assert word in done.stdout


CONDITIONS = {
    ">80": [False, False, True],
    "x >= 80": [False, True, True],
    "x<80": [True, False, False],
    "≤80": [True, True, False],
    "=80": [False, True, False],
    "!=80": [True, False, True],
    "-80..80": [True, True, False],
    "x in (−5, 80]": [False, True, False],
    "[80, 90]": [False, True, True],
    "x in 80..90": [False, True, True],
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions(text: str) -> None:
    values = np.array([-5.0, 80.0, 90.0])
    assert condition(text).of_numbers(values).tolist() == CONDITIONS[text]
    assert not condition(text).of_numbers(np.array([np.nan])).any()


def test_levels_come_back_as_they_were_stated() -> None:
    for measure in MEASURES:
        scale = LevelScale(measure, "m", 7.0, 3.0)
        assert scale.stated(scale.level(0.25)) == pytest.approx(0.25)
    with pytest.raises(InputError, match="at least 0; got -1"):
        LevelScale("rms", "m", 7.0).level(-1.0)
    with pytest.raises(InputError, match="one of mse, rms"):
        LevelScale("dB")
    with pytest.raises(InputError, match=r"the range \(peak\) of the source is 0"):
        LevelScale("psnr", "m", 7.0)
    assert LevelScale("snr", "m", 7.0).stated(0.0) == np.inf


def test_prices_are_derivatives_of_the_rate_by_the_stated_level() -> None:
    """R(D) = ½ log₂(σ²/D), whose price is 1 / (2 ln 2 · D) bits per squared unit."""

    def rate(level: float) -> float:
        return 0.5 * np.log2(7.0 / level)

    level = 0.6
    for measure in ("mse", "rms", "snr", "psnr", "share"):
        scale = LevelScale(measure, "m", 7.0, 3.0)
        at, step = scale.stated(level), 1e-6
        change = rate(scale.level(at + step)) - rate(scale.level(at - step))
        sign = 1 if scale.falls else -1
        price = scale.price(1 / (2 * np.log(2) * level), level)
        assert price == pytest.approx(sign * change / (2 * step), rel=1e-6), measure
        several = scale.price(np.full(2, 1.0), np.array([level, 1.0]))
        assert several.shape == (2,)
        assert several[0] == scale.price(1.0, level)
        assert scale.stated(np.array([level]))[0] == at


def test_the_peak_of_a_psnr_is_the_range_of_the_values_or_given(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rates = []
    for more in (
        ("--distortion", "psnr", "--D", "30"),
        ("--distortion", "psnr", "--peak", "255", "--D", "30"),
        ("--distortion", "share", "--D", "10"),
    ):
        assert main([str(log), "--column", "temp", "--json", *more]) == 0
        rates.append(json.loads(capsys.readouterr().out)["rate_bits"])
    # The larger range allows more distortion.
    assert rates[1] < rates[0]
