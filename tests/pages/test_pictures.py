"""The Pictures page without a browser: first sight, regions by text, levels, own pictures."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.model import scripts
from dashboard.tasks import pictures
from dashboard.ui.cards.pictures import first
from dashboard.uploads import store
from dashboard.uploads.pictures import as_png
from tests.dashboard.test_pictures import scene
from tests.pages.app import at_rest, number, opened, shown, tables, until
from tests.pages.test_links import link

FACE = "ellipse 10 8 40 40"


@pytest.fixture
def own() -> str:
    return store.put_picture("mine.png", as_png(scene()))


def here(key: str, **more: str) -> AppTest:
    return opened("pictures", photo="own", photo_data=key, region1=FACE, **more)


def said(app: AppTest) -> str:
    return " ".join(one.value for one in (*app.markdown, *app.caption)).replace("\\", "")


@pytest.mark.slow
def test_the_first_sight_is_the_astronaut_with_all_encoders() -> None:
    app = opened("pictures")
    assert not app.exception
    assert link(app) == {}
    until(app, lambda: at_rest(app))
    assert "**11.2 kB** meet every level" in said(app)
    assert 9 < number(app, "Bound of the model") < 11.3
    assert "one dB more costs about" in said(app)
    assert len(tables(app)[0]) == 5
    assert "data.astronaut()" in scripts.pictures(first())


def test_an_own_picture_is_coded_when_asked(own: str) -> None:
    app = here(own, level1="6")
    assert not app.exception
    assert app.text_input(key="region1").value == FACE
    assert "11.2 kB" not in said(app)
    until(app, lambda: at_rest(app))
    assert shown(app, "Classes of blocks")
    app.button(key="encode_train").click().run()
    until(app, lambda: at_rest(app))
    assert "meet every level" in said(app)
    assert shown(app, "Coded file")
    assert not any(one.key == "encode_train" for one in app.button)
    # Other levels keep the files that are there, and say so.
    app.number_input(key="level1").set_value(9.0).run()
    until(app, lambda: at_rest(app))
    assert "levels that were set before" in said(app)
    assert link(app)["level1"] == "9"


@pytest.mark.usefixtures("unserved")
def test_levels_in_decibels_are_those_in_squared_error(own: str) -> None:
    app = here(own)
    assert app.slider(key="level1_slide").value == 41.1
    app.slider(key="level1_slide").set_value(38.0).run()
    assert float(link(app)["level1"]) == pytest.approx(10.31, abs=0.01)
    assert app.number_input(key="level1").value == pytest.approx(10.31, abs=0.01)
    app.segmented_control(key="level_unit").set_value("psnr").run()
    assert app.number_input(key="level1_psnr").value == pytest.approx(38.0, abs=0.01)
    app.number_input(key="level1_psnr").set_value(30.0).run()
    assert float(link(app)["level1"]) == 65.025
    assert not app.exception


@pytest.mark.usefixtures("unserved")
def test_regions_come_one_after_another_and_a_wrong_one_is_said(own: str) -> None:
    app = here(own)
    app.text_input(key="region2").set_value("polygon 50 4 70 4 60 30").run()
    assert not app.exception
    assert app.number_input(key="level2").value == 5
    assert app.text_input(key="region3").value == ""
    app.text_input(key="region2").set_value("box 1 2").run()
    assert any("needs four numbers" in one.value for one in app.error)
    app.text_input(key="region2").set_value("box 900 900 990 990").run()
    assert any("has no pixels in the picture of 72 × 56" in one.value for one in app.error)
    app.text_input(key="region2").set_value("").run()
    app.text_input(key="region1").set_value("").run()
    assert not app.error
    assert app.number_input(key="level_rest").label.startswith("Picture")


@pytest.mark.usefixtures("unserved")
def test_a_picture_that_is_gone_is_said_and_another_one_has_its_region(own: str) -> None:
    app = opened("pictures", photo="own", photo_data="0" * 32)
    assert any("no longer on the server" in one.value for one in app.error)
    app.selectbox(key="photo").set_value("camera").run()
    assert not app.error
    assert app.text_input(key="region1").value == "ellipse 200 60 320 190"
    app.selectbox(key="photo").set_value("own").run()
    assert not app.exception
    app = here(own)
    next(one for one in app.button if one.label == "Delete the picture").click().run()
    assert store.picture(own) is None
    assert not app.exception


def test_the_start_is_the_scenario_of_the_documents() -> None:
    assert first().picture.regions[0].text() == "box 144 0 304 208"
    assert first().levels == (5, 60)
    assert pictures.sample("astronaut", grey=True).shape == (512, 512)
