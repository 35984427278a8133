"""From a run to what could be changed: each page leads to the next."""

import re
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, expect

from tests.browser.app import Open, Server, Visit
from tests.core.inference.test_photograph import encoded, photographed, written

_IS_PAPER_SEEN = """() => {
  const video = document.querySelector("video");
  if (!video || video.readyState < 2) return false;
  const pen = new OffscreenCanvas(8, 8).getContext("2d");
  pen.drawImage(video, 0, 0, 8, 8);
  return pen.getImageData(0, 0, 8, 8).data.filter((_, i) => i % 4 < 3).every((light) => light > 60);
}"""


def test_from_a_run_to_its_mistakes_why_and_what_to_change(visit: Open) -> None:
    tab = visit("/train?recipe=tiny&dataset=digits&epochs=1")
    tab.press("Train")
    expect(tab.pill).to_have_text("finished", timeout=60_000)
    tab.press("Draw with this network")
    expect(tab.page.get_by_role("combobox", name="Who answers")).to_have_value(re.compile("tiny"))
    tab.press("Its mistakes")
    expect(tab.page.get_by_text("The worst first")).to_be_visible()
    mistake = tab.page.locator(".specimens figure").first
    words = mistake.locator("b").inner_text()
    truth, answer = re.findall(r"\d", words)
    mistake.locator(".pick").click()
    expect(tab.page.get_by_text(f"a {truth} read as {answer}.")).to_be_visible()
    expect(tab.digit).to_have_text(answer)
    expect(tab.page.get_by_role("combobox", name="Network")).to_have_value(re.compile("tiny"))
    tab.press("What to change")
    expect(tab.pill).to_have_text("finished")
    expect(tab.page.get_by_role("combobox", name="Recipe")).to_have_value(re.compile("tiny", re.I))
    tab.page.locator(".st-key-run_mistakes .pick").first.click()
    expect(
        tab.page.get_by_text(re.compile(r"A \d that was read as \d after epoch 1\."))
    ).to_be_visible()


def test_a_page_opened_just_after_a_stroke_is_whole_and_the_stroke_is_kept(visit: Open) -> None:
    tab = visit()
    for x in (30, 100, 170, 240):
        tab.draw([(x, 40), (x, 150)])
        tab.page.get_by_role("link", name="Model").evaluate("link => link.click()")  # at once
        expect(tab.page.get_by_label("Your network in one line")).to_be_visible()
        tab.wait()
        expect(tab.page.get_by_label("Your network in one line")).to_be_visible()
        tab.page.get_by_role("link", name="Draw").click()
        expect(tab.page.locator(".pad-square")).to_be_visible()
        tab.wait()
    expect(tab.page.get_by_text("4 digits, each read by itself.")).to_be_visible()


def test_a_picture_taken_with_the_camera_is_read(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, object],
    server: Server,
    tmp_path: Path,
) -> None:
    film = tmp_path / "42.mjpeg"
    film.write_bytes(30 * encoded(photographed(written(), tilt=0), "JPEG"))  # a picture a frame
    args = [*browser_type_launch_args["args"], "--use-fake-ui-for-media-stream"]  # pyright: ignore
    args += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    browser: Browser = browser_type.launch(**{**browser_type_launch_args, "args": args})  # pyright: ignore
    try:
        tab = Visit(browser.new_page(reduced_motion="reduce"), server)
        tab.open()
        tab.page.get_by_text("Read a picture").click()
        tab.page.get_by_text("Camera", exact=True).click()
        # Chromium lets a camera's film stand still, and black, until it is scrolled to.
        tab.page.locator("video").scroll_into_view_if_needed()
        tab.page.wait_for_function(_IS_PAPER_SEEN)
        tab.page.get_by_role("button", name="Take Photo").click(timeout=60_000)
        reader = tab.page.locator(".st-key-read_picture")
        expect(reader.locator(".digit")).to_have_text("42", timeout=60_000)
        tab.check()
    finally:
        browser.close()
