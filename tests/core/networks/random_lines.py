"""Lines of networks drawn at random: with arithmetic of their own, so that they test the parser."""

from random import Random

_MAX_LAYERS = 24
_MAX_PARAMETERS = 100_000
_MAX_MULTIPLY_ADDS = 10_000_000


def random_line(random: Random) -> str:
    """Return a line that is a network within the limits, with its words typed in various ways."""
    words: list[str] = []
    channels, side, num_layers, parameters, multiply_adds = 1, 28, 0, 0, 0
    for _ in range(random.randint(0, 10)):
        kind = random.choice(
            ["block"] * 5 + ["C"] * 2 + ["p2", "a2", "b2", "B", "R", "d", "d.25", "d.10"]
        )
        if kind in ("p2", "a2", "b2"):
            if side < 2:
                continue
            side //= 2
        if kind not in ("block", "C"):
            words.append(kind)
            num_layers += 1
            continue
        word, outputs, left, groups, uses = _convolution(random, kind, channels, side)
        kernel = int(word.replace("C", "c").split("c")[1].lstrip("0")[0])
        own = outputs * channels // groups * kernel**2 + 2 * outputs * uses
        cost = own * left**2 * uses
        if (
            num_layers + uses > _MAX_LAYERS
            or parameters + own > _MAX_PARAMETERS
            or multiply_adds + cost > _MAX_MULTIPLY_ADDS
        ):
            continue
        num_layers, parameters, multiply_adds = (
            num_layers + uses,
            parameters + own,
            multiply_adds + cost,
        )
        words.append(word)
        channels, side = outputs, left
    is_bare = side <= 28 and channels * side**2 < 5_000 and random.random() < 0.4
    if is_bare:
        words.append(f"10C{side}" + ("v" if side > 1 else ""))
    else:
        words.append(random.choice(["max", "mean"]))
    return random.choice(["", " "]) + random.choice([" ", "  ", "\t"]).join(words)


def _convolution(
    random: Random, kind: str, channels: int, side: int
) -> tuple[str, int, int, int, int]:
    """Return a word that fits, its channels, the side it leaves, its groups and its uses."""
    outputs = random.choice([channels, random.randint(1, 24)])
    kernel, stride = random.choice([1, 2, 3, 3, 3, 4, 5, 6, 7]), random.choice([1, 1, 1, 2, 3])
    is_padded = kernel > side or random.random() < 0.6
    groups = random.choice([1, 1, *(n for n in range(1, 25) if not (channels % n or outputs % n))])
    left = (side + (2 * (kernel // 2) if is_padded else 0) - kernel) // stride + 1
    can_repeat = kind == "block" and outputs == channels and left == side
    uses = random.choice([1, 2, 3]) if can_repeat else 1
    suffixes = [
        f"s{stride}" if stride > 1 else random.choice(["", "s1"]),
        "" if is_padded else "v",
        f"g{groups}" if groups > 1 else random.choice(["", "g01"]),
        f"x{uses}" if uses > 1 else "",
    ]
    random.shuffle(suffixes)
    letter = "c" if kind == "block" else "C"
    word = f"{random.choice(['', '0'])}{outputs}{letter}{kernel}{''.join(suffixes)}"
    return word, outputs, left, groups, uses


def damaged(line: str, random: Random) -> str:
    """Return the line with a slip of the keyboard, or worse, in it."""
    kind, at = random.randrange(6), random.randrange(len(line))
    strange = random.choice(
        ["\0", "٣", "é", "`", "*", "c", "x9", "9" * 40, "🙂", "(", "C", "-", "."]
    )
    words = line.split()
    match kind:
        case 0:
            return line[:at] + line[at + 1 :]
        case 1:
            return line[:at] + strange + line[at:]
        case 2:
            return line[:at] + strange + line[at + 1 :]
        case 3:
            random.shuffle(words)
            return " ".join(words)
        case 4:
            return " ".join(words[:-1])
        case _:
            return line[:at]
