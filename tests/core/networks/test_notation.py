import pickle
import re
import subprocess
import sys
import time
from random import Random

import pytest

from mnist_core.errors import ConfigError
from mnist_core.networks.conditions import outside_challenge
from mnist_core.networks.edit import with_channels
from mnist_core.networks.notation import Description, NotationError, parse
from tests.core.networks.random_lines import damaged, random_line

_NETWORKS = {
    "record": ("16c5 p2 2*16c3 p2 d 2*32c3 max", 19_386),
    "compact-twice": ("12c5 p2 12c3x2 p2 d 20c3 20c3x2 max", 7_758),
    "compact": ("8c5 p2 2*12c3 p2 d 16c3 20c3 max", 7_314),
    "tiny-thrice": ("12c5 b2 12c3x3 b2 d 12c3x3 max", 3_190),
    "tiny": ("8c5 p2 8c3 p2 d 2*12c3 max", 3_146),
    "swift": ("24c6s2v p2 d 2*32c3v max", 17_498),
    "quick": ("16c6s2v 16c3v p2 d 32c3 32c3v max", 17_226),
    "seed": ("8C3v R 8C3v R B p2 16C3v R 16C1 R B p2 d 64C3v R 32C1 R 10C3v", 16_402),
}


def _error(line: str) -> NotationError:
    with pytest.raises(NotationError) as caught:
        parse(line)
    return caught.value


def _error_if_any(line: str) -> NotationError | None:
    try:
        parse(line)
    except NotationError as error:
        return error
    return None


@pytest.mark.parametrize("name", _NETWORKS)
def test_the_named_networks_stand_in_normal_form_and_count_as_they_should(name: str) -> None:
    line, parameters = _NETWORKS[name]
    found = parse(line)
    assert (found.line, found.parameters) == (line, parameters)
    assert found.receptive_field == (24 if name == "swift" else 28)
    assert found.has_batch_norm and found.has_dropout


def test_a_description_tells_each_layer_at_its_place() -> None:
    found = parse("16c5 p2 2*16c3 d.1 max")
    told = [
        (str(layer.word), layer.place, layer.output_shape, layer.parameters, layer.receptive_field)
        for layer in found.layers
    ]
    assert told == [
        ("16c5", 1, (16, 28, 28), 432, 5),
        ("p2", 2, (16, 14, 14), 0, 6),
        ("16c3", 3, (16, 14, 14), 2_336, 10),
        ("16c3", 3, (16, 14, 14), 2_336, 14),
        ("d.1", 4, (16, 14, 14), 0, 14),
        ("max", 5, (10, 1, 1), 170, 28),
    ]
    assert found.receptive_field == 14
    assert found.multiply_adds == 16 * 25 * 28**2 + 2 * 16 * 16 * 9 * 14**2 + 160


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "16c5 p2 p2 p2 16c9v max",
            "Place 5, `16c9v`: a 9×9 kernel needs 9×9 places, but 3×3 are left. Take a smaller"
            " kernel, drop `v`, or remove a `p2` before it.",
        ),
        (
            "16c5 p2 16k3 max",
            "Place 3, `16k3`: unknown. Did you mean `16c3` (16 channels, 3×3 kernel)?",
        ),
        (
            "16c5 p2 16c3g3 max",
            "Place 3, `16c3g3`: 16 channels in and 16 out cannot be split into 3 equal groups; 1,"
            " 2, 4, 8 or 16 would do.",
        ),
        (
            "12c3 16c3x2 max",
            "Place 2, `16c3x2`: `x2` uses the same kernel again, so channels and size must stay:"
            " 12 in, 16 out.",
        ),
        (
            "16c5 max 16c3",
            "Place 2, `max`: the end must come last; ten answers are added after it.",
        ),
        (
            "16c5 p2",
            "The network ends with 16×14×14; ten answers are needed. Add `max` or `mean`, or end"
            " with a bare convolution `10C14v`.",
        ),
    ],
)
def test_a_mistake_is_told_by_its_place_its_reason_and_its_cure(line: str, message: str) -> None:
    assert str(_error(line)) == message


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("16c3 d 16c29v", "`16c29v`: sides of a kernel go from 1 to 28, not 29. Take 28."),
        ("0c3 max", "channels go from 1 to 256, not 0. Take 1."),
        ("300c3 max", "channels go from 1 to 256, not 300. Take 256."),
        ("16c3s0 max", "strides go from 1 to 28, not 0"),
        ("99*4c3 max", "repetitions go from 1 to 32, not 99"),
        ("2*max", "the end comes once. Write `max`."),
        ("16c3s2s2 max", "`s` stands twice in it."),
        ("16C3x2 max", "only a block can use its kernel again."),
        ("16c3 16c3vx2 max", "must stay: 28×28 in, 26×26 out."),
        ("16c28v p2 max", "it needs 2×2 places, but 1×1 are left."),
        ("16c28v 8c2v max", "Take a smaller kernel or drop `v`."),
        ("16c3 d.00 max", "it would silence nothing."),
        ("16c3 d.95 max", "Take at most `d.9`."),
        ("16c3 d.1234 max", "at most three decimals. Take `d.123`."),
        ("32*4c3 max", "it makes 33 layers, and 32 are the most."),
        ("4c3 4c3x32 max", "it makes 33 layers"),
        ("256c28 max", "201,216 parameters, and 200,000 are the most."),
        ("32c5 8*32c3 max", "multiply-adds, and 50,000,000 are the most."),
        ("", "The line is empty."),
        ("16c3 10c28v", "ends with 10×1×1, but not with a bare convolution."),
        ("16c3 10C28v R", "ends with 10×1×1, but not with a bare convolution."),
        ("16c3 " * 201, "more than 1,000 characters"),
        ("P2 max", "Did you mean `p2` (maximum of 2×2 places)?"),
        ("16c3 relu max", "Did you mean `R` (ReLU)?"),
        ("16c3 dropout max", "Did you mean `d` (dropout at the recipe’s rate)?"),
        ("16c3 d0.2 max", "Did you mean `d.1`"),
        ("2*16k3 max", "Did you mean `2*16c3`"),
        ("3*2*16c3 max", "Did you mean `3*16c3`"),
        ("c5 max", "Did you mean `16c5`"),
        ("16 max", "Did you mean `16c3`"),
        ("16C3w max", "Did you mean `16C3`"),
        ("16c3 linear max", "unknown. Words are"),
        ("(16c3) max", "Did you mean `16c3`"),
    ],
)
def test_what_cannot_be_is_refused_with_a_cure(line: str, part: str) -> None:
    assert part in str(_error(line))


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("  16c5\tp2   max ", "16c5 p2 max"),
        ("16c3 16c3 max", "2*16c3 max"),
        ("2*16c3 16c03 3*16c3s1 max", "6*16c3 max"),
        ("016c5g1x1s2 max", "16c5s2 max"),
        ("16c3 16c4g4vs2 max", "16c3 16c4s2vg4 max"),
        ("16c1v 16c1 max", "2*16c1 max"),
        ("16c3 d.10 max", "16c3 d.1 max"),
        ("16c3 d.050 d max", "16c3 d.05 d max"),
        ("1*16C3 R R max", "16C3 2*R max"),
    ],
)
def test_a_network_has_one_name_however_it_was_typed(typed: str, normal: str) -> None:
    assert parse(typed).line == normal == parse(normal).line


def test_an_error_marks_the_characters_of_the_word() -> None:
    line = "  16c5   p3 max"
    error = _error(line)
    assert line[slice(*error.span)] == error.word == "p3"
    assert isinstance(error, ConfigError) and error.place == 2
    missing = _error("16c5 p2 ")
    assert (missing.place, missing.word, missing.span) == (3, "", (7, 7))


def test_an_error_survives_the_way_between_processes() -> None:
    error = _error("16c5 p3 max")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.span, again.cure) == (str(error), error.span, error.cure)


def test_thousands_of_random_lines_are_networks_with_one_name() -> None:
    random = Random(0)
    for _ in range(2_000):
        line = random_line(random)
        found = parse(line)
        again = parse(found.line)
        assert again.line == found.line
        assert _facts(again) == _facts(found), line


def _facts(found: Description) -> list[tuple[object, ...]]:
    return [
        (str(layer.word), layer.output_shape, layer.parameters, layer.multiply_adds, layer.view)
        for layer in found.layers
    ]


def test_thousands_of_damaged_lines_are_told_what_is_wrong_and_never_break() -> None:
    random = Random(1)
    num_wrong = 0
    for _ in range(6_000):
        line = damaged(random_line(random), random)
        error = _error_if_any(line)
        if error is not None:
            num_wrong += 1
            assert error.place >= 1 and error.reason and error.cure, line
            assert 0 <= error.span[0] <= error.span[1] <= len(line)
            assert str(error).isprintable() and len(str(error)) < 250
    assert num_wrong > 3_000


@pytest.mark.parametrize(
    "line",
    [
        *("9" * 10**6, "9" * 999, "9" * 900 + "c3 max", "16c" + "9" * 900, "d." + "9" * 900),
        *("9*" * 400, "32*" * 300 + "16c3", "(" * 900, "16c3" + "v" * 900, "16c3" + "s1" * 400),
        *("\0", "16c3\0 max", "\ud800", "١٦c٣ max", "16с3 max", "²c3", "`" * 900, "\N{ZWJ}" * 99),
        *("x" * 500, "4c3 " * 249 + "max", " " * 10**6, "256c1 " * 160, "2*" + "\u202e" + "16c3"),
        *("__import__('os')", "16c3;max", "16c3\nmax\x1b[31m", "<b>16c3</b>", "-16c3", "1e9c3"),
    ],
)
def test_hostile_text_is_refused_at_once(line: str) -> None:
    start = time.perf_counter()
    error = _error(line)
    assert time.perf_counter() - start < 0.5
    assert error.place >= 1 and error.reason and error.cure
    assert str(error).isprintable() and len(str(error)) < 250


def test_what_falls_outside_the_challenge_is_told_with_what_would_help() -> None:
    def told(line: str) -> tuple[str, ...]:
        return outside_challenge(parse(line), max_parameters=19_999)

    assert told("16c5 p2 2*16c3 p2 d 36c3 32c3 max") == (
        "21,122 parameters: 1,123 too many. Place 7, `32c3`, has most (10,432); `28c3` there gives"
        " 19,778.",
    )
    assert told("16c5 p2 16c3 d 32c1 max") == (
        "An answer sees 10×10 of 28×28 pixels: add a layer or halve earlier.",
    )
    assert told("16C5 R p2 16C3 R p2 2*16C3 16C3 max") == ("No batch norm", "No dropout")
    assert told("8c3 p2 8c3 p2 d 8c3 max")[0].startswith("An answer sees 18×18")
    for line, _ in _NETWORKS.values():
        assert told(line) == ()


def test_nothing_smaller_is_offered_where_the_next_word_needs_just_so_many() -> None:
    told = outside_challenge(parse("8c5 p2 p2 d 48c5 48c5x2 max"), max_parameters=9_000)
    assert told[0].endswith("Place 6, `48c5x2`, has most (57,792).")


def test_the_word_that_is_offered_fits_and_a_larger_one_would_not() -> None:
    random = Random(2)
    num_offered = 0
    for _ in range(500):
        line = random_line(random)
        most = int(0.8 * parse(line).parameters)
        told = outside_challenge(parse(line), max_parameters=most)[0]
        offer = re.search(r"Place (\d+), .*; `(.*)` there gives ([\d,]+)\.", told)
        if offer is None:
            continue
        num_offered += 1
        place, total = int(offer[1]), int(offer[3].replace(",", ""))
        words = line.split()
        words[place - 1] = offer[2]
        smaller = parse(" ".join(words))
        assert smaller.parameters == total <= most
        channels = smaller.words[place - 1].channels
        for more in range(channels + 1, parse(line).words[place - 1].channels):
            try:
                assert parse(with_channels(line, place, more)).parameters > most
            except NotationError:
                continue
    assert num_offered > 100


def test_the_notation_needs_the_standard_library_only() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import mnist_core.networks.edit, mnist_core.networks.conditions\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "sys.exit(bool(new - set(sys.stdlib_module_names) - {'mnist_core'}))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
