"""The app as a person uses it, in a real browser."""

import os
import re
import signal

from playwright.sync_api import expect

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.runs.history import read_history
from mnist_core.runs.run import Run
from mnist_core.training.worker import perform
from tests.browser.app import Open, Server, wait_for_end
from tests.killing import processes_at

_SEVEN = [(80, 70), (200, 70), (130, 225)]
# Some minutes long, so that nothing ends by itself on a quick machine.
_DIGITS = "/train?dataset=digits&epochs=100&batch_size=8&learning_rate=0.01"


def _epoch_from(number: int) -> re.Pattern[str]:
    """Match the progress of a run in that epoch or a later one: a look a second may skip one."""
    return re.compile(rf"Epoch ({'|'.join(map(str, range(number, 101)))})\.")


def _at_least(number: int) -> re.Pattern[str]:
    """Match that count or a larger one: under load the browser draws several at once."""
    return re.compile(rf"^({'|'.join(map(str, range(number, number + 500)))})$")


def _newest(server: Server) -> Run:
    return list_runs(server.runs_dir)[0]


def test_the_summary_is_there_with_its_totals(visit: Open) -> None:
    tab = visit("/model")
    tab.choose("Network", re.compile("^seed"))
    table = tab.page.get_by_role("group", name="Layer table")
    expect(table).to_contain_text("Conv2d-12")
    expect(table).to_contain_text("[-1, 10, 1, 1]")
    expect(table).to_contain_text("16,402")
    expect(tab.page.locator(".checklist").last.locator(".met")).to_have_count(5)


def test_a_run_is_watched_reloaded_and_stopped_with_its_result_kept(
    visit: Open, server: Server
) -> None:
    tab = visit(_DIGITS)
    tab.press("Train")
    expect(tab.pill).to_have_text("training")
    expect(tab.chart("accuracy")).to_have_attribute("data-revision", _at_least(1))
    expect(tab.page.get_by_text(_epoch_from(2))).to_be_visible()
    tab.open("/train")
    expect(tab.pill).to_have_text("training")
    reached = len(read_history(_newest(server)).epochs)
    expect(tab.page.get_by_text(_epoch_from(reached + 2))).to_be_visible()
    tab.press("Stop")
    expect(tab.pill).to_have_text("stopped early")
    expect(tab.page.locator(".result .big")).to_contain_text("%")
    assert _newest(server).state() == "stopped"
    expect(tab.page.locator(".result")).to_contain_text("validation images read right")
    expect(tab.page.get_by_text("the test images wait until the end").first).to_be_visible()
    tab.press("This is the end: measure the test set")
    expect(tab.pill).to_have_text("finished", timeout=60_000)
    expect(tab.page.locator(".result")).to_contain_text("the small set’s 300 test images")
    expect(tab.page.get_by_text("were looked at once, at the end").first).to_be_visible()
    tab.press("Draw with this network")
    tab.wait()
    expect(tab.page.get_by_text("Draw a digit", exact=True)).to_be_visible()
    expect(tab.page.get_by_text("the small set’s 300 test images").first).to_be_visible()


def test_a_run_paused_and_reloaded_goes_on_to_its_end(visit: Open, server: Server) -> None:
    # Ten seconds long: the default recipe would be over before a slow page has its button.
    tab = visit("/train?recipe=seed&dataset=digits&epochs=40")
    tab.press("Train")
    tab.press("Pause")
    expect(tab.pill).to_have_text("paused")
    done = read_history(_newest(server)).num_steps_done
    tab.press("One step")
    tab.open("/train")
    expect(tab.pill).to_have_text("paused")
    expect(tab.page.get_by_text(f"· step {done + 1}")).to_be_visible()
    tab.press("Resume")
    wait_for_end(_newest(server))
    expect(tab.pill).to_have_text("finished")
    assert len(read_history(_newest(server)).epochs) == 40


def test_a_second_tab_sees_the_same_run(visit: Open) -> None:
    first = visit(_DIGITS)
    first.press("Train")
    expect(first.pill).to_have_text("training")
    second = visit("/train")
    expect(second.pill).to_have_text("training")
    second.press("Stop")
    expect(first.pill).to_have_text("stopped early")


def test_train_pressed_twice_gives_one_running_and_one_waiting(visit: Open, server: Server) -> None:
    tab = visit(_DIGITS)
    tab.press("Train")
    expect(tab.pill).to_have_text("training")
    tab.press("Train after the one that runs")
    expect(tab.pill).to_have_text("waiting")
    expect(tab.page.get_by_text("It is next.")).to_be_visible()
    waiting, running = list_runs(server.runs_dir)[:2]
    assert (running.state(), waiting.state()) == ("running", "waiting")
    queue = tab.page.locator(".st-key-queue")
    expect(queue.get_by_text(_epoch_from(1))).to_be_visible()
    queue.get_by_role("button", name="Show it").click()
    expect(tab.pill).to_have_text("training")
    expect(queue).to_contain_text("waits, it is next")
    queue.get_by_role("button", name="Show it").click()
    expect(tab.pill).to_have_text("waiting")
    tab.press("Withdraw")
    expect(tab.pill).to_have_text("training")
    expect(queue).to_have_count(0)


def test_a_zoomed_chart_stays_zoomed_while_points_come_in(visit: Open) -> None:
    tab = visit(_DIGITS)
    tab.press("Train")
    expect(tab.page.get_by_text(_epoch_from(2))).to_be_visible()
    chart = tab.chart("loss")
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("data-revision", _at_least(1))
    chart.evaluate("e => Plotly.relayout(e, {'xaxis.range': [0.5, 1.5]})")
    revision = int(chart.get_attribute("data-revision") or 0)
    node = chart.evaluate_handle("e => e.querySelector('.main-svg')")
    expect(chart).to_have_attribute("data-revision", _at_least(revision + 3))
    assert chart.evaluate("e => e.layout.xaxis.range") == [0.5, 1.5]
    assert node.evaluate("node => node.isConnected")


def test_a_killed_process_is_told_and_the_run_goes_on(visit: Open, server: Server) -> None:
    tab = visit(_DIGITS)
    tab.press("Train")
    expect(tab.page.get_by_text(_epoch_from(2))).to_be_visible()
    (process,) = processes_at(_newest(server)) - {server.process_id}
    os.kill(process, signal.SIGKILL)
    expect(tab.pill).to_have_text("lost", timeout=10_000)
    reached = len(read_history(_newest(server)).epochs)
    tab.press("Go on from there")
    expect(tab.pill).to_have_text("training")
    expect(tab.page.get_by_text(_epoch_from(reached + 1))).to_be_visible()
    tab.press("Stop")
    expect(tab.pill).to_have_text("stopped early")
    epochs = [epoch.epoch for epoch in read_history(_newest(server)).epochs]
    assert epochs == list(range(1, len(epochs) + 1))


def test_a_found_learning_rate_is_put_into_the_settings(visit: Open) -> None:
    tab = visit("/train?dataset=digits")
    tab.press("Find a learning rate")
    button = tab.page.get_by_role("button", name=re.compile(r"^Use 0\.\d+"))
    expect(button).to_be_visible()
    found = (button.text_content() or "").removeprefix("Use ").strip()
    button.click()
    expect(tab.page).to_have_url(re.compile(f"learning_rate={re.escape(found)}"))
    expect(tab.page.get_by_text(f"learning rate {found}")).to_be_visible()


def test_settings_further_down_stay_as_they_were_put(visit: Open) -> None:
    tab = visit("/train?recipe=seed&dataset=digits")
    more = tab.page.get_by_text("More settings")
    more.click()
    rotation = tab.page.get_by_role("spinbutton", name="Rotation")
    expect(rotation).to_have_value("10")
    rotation.fill("12")
    rotation.press("Enter")
    changed = tab.page.get_by_text("rotation 12.0")
    expect(changed.first).to_be_visible()
    more.click()
    expect(rotation).to_have_count(0)
    tab.page.locator(".st-key-seed_epochs").get_by_role("button", name="Increment").click()
    expect(tab.page.get_by_text(re.compile(r"epochs \d+, rotation 12\.0")).first).to_be_visible()
    more.click()
    expect(rotation).to_have_value("12")


def test_runs_are_compared_named_deleted_and_restored(visit: Open, server: Server) -> None:
    for seed in (1, 2):
        config = TrainConfig(dataset="digits", epochs=1, seed=seed)
        list(perform(create_run(config, recipe="seed", folder=server.runs_dir)))
    newest = _newest(server)
    tab = visit("/runs")
    first, second = (tab.page.locator(".ticks tbody tr").nth(place) for place in (0, 1))
    first.click()
    name = tab.page.get_by_label("Name", exact=True)
    name.fill("my second")
    name.press("Enter")
    expect(tab.page.get_by_role("heading", name="my second")).to_be_visible()
    expect(first.get_by_role("rowheader")).to_have_text("my second")
    second.get_by_role("checkbox").check()
    expect(tab.chart("compared_accuracy")).to_have_attribute("data-revision", re.compile(r"\d"))
    expect(tab.page.get_by_text("Where their settings differ")).to_be_visible()
    second.get_by_role("checkbox").uncheck()
    tab.press("Delete")
    expect(tab.page.get_by_text("The run was deleted.")).to_be_visible()
    assert newest.id not in [run.id for run in list_runs(server.runs_dir)]
    tab.press("Undo")
    expect(tab.page.get_by_text("The run was deleted.")).to_have_count(0)
    assert newest.label.name == "my second"
    expect(first.get_by_role("checkbox", name="my second")).to_be_checked()


def test_a_run_of_the_command_line_is_seen_too(visit: Open, server: Server) -> None:
    _train_for_one_epoch(server)
    tab = visit("/train")
    expect(tab.pill).to_have_text("finished")
    tab.page.get_by_text("More curves").click()  # an ended run: no further look draws these
    chart = tab.chart("gradient_norm")
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".main-svg").first).to_be_visible()


def _train_for_one_epoch(server: Server) -> None:
    config = TrainConfig(dataset="digits", epochs=1, threads=1)
    list(perform(create_run(config, recipe="seed", folder=server.runs_dir)))


def test_on_a_phone_the_run_comes_before_the_settings_of_the_next(
    visit: Open, server: Server
) -> None:
    _train_for_one_epoch(server)
    tab = visit("/train", viewport={"width": 360, "height": 740})
    expect(tab.pill).to_have_text("finished")
    settings = tab.page.get_by_role("button", name="Train", exact=True)
    expect(settings).not_to_be_in_viewport()
    tab.page.get_by_role("link", name="Train another").click()
    expect(settings).to_be_in_viewport()
