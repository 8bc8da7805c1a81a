"""The Classification page without a browser: what it asks and says."""

from __future__ import annotations

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.app import known, number, opened, until


def to_bit(app: AppTest) -> AppTest:
    app.segmented_control(key="labelled").set_value("bit").run()
    app.number_input(key="D_bit").set_value(0.2).run()
    return app.number_input(key="C_bit").set_value(0.7).run()


def test_the_noisy_bit_has_its_known_rate() -> None:
    app = to_bit(
        opened(
            "classification",
        )
    )
    until(app, lambda: known(app, "R(D, C)"))
    assert number(app, "R(D, C)") == pytest.approx(0.3765, abs=1e-4)
    assert number(app, "Price of C") > 1
    assert not app.error
    # A backward symmetric channel is the best for D, and for C too (Wyner and Ziv, 1973, lemma of
    # Mrs. Gerber), so that one meets both demands.
    app.toggle(key="largest_penalty").set_value(True).run()
    until(app, lambda: any("The penalty of" in one.value for one in app.markdown))
    said = next(one.value for one in app.markdown if "The penalty of" in one.value)
    universal, each = re.findall(r"needs (\S+) bits\.", said)
    assert float(universal) == pytest.approx(float(each), abs=2e-4)
    assert "The penalty of **0 to " in said


def test_an_infeasible_level_is_reported_with_a_feasible_one() -> None:
    app = to_bit(
        opened(
            "classification",
        )
    )
    app.number_input(key="C_bit").set_value(0.2).run()
    assert "below the minimum level" in app.error[0].value
    app.button(key="C_bit_remedy_page").click().run()
    assert not app.error
    least = -(0.1 * np.log2(0.1) + 0.9 * np.log2(0.9))
    assert app.number_input(key="C_bit").value >= least


def test_one_encoder_for_the_demands_of_a_user() -> None:
    app = to_bit(opened("classification"))
    app.toggle(key="several").set_value(True).run()
    until(app, lambda: any("R(Θ) is between" in one.value for one in app.markdown))
    app.segmented_control(key="demands").set_value("gaussian").run()
    text = next(one.value for one in app.markdown if "R(Θ) is between" in one.value)
    assert re.search(r"A\(Θ\) is between \*\*0 and (0\.00|\d.*×10⁻)", text)
    app.text_input(key="pairs").set_value("0.3; 1").run()
    assert "must be D, C with a comma" in app.error[0].value.replace("\\", "")
