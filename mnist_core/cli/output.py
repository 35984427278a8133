"""What all commands print with: one JSON object or text, and a progress bar on standard error."""

import argparse
import json
from typing import Any

from rich.console import Console
from rich.progress import Progress


def say(options: argparse.Namespace, value: dict[str, Any], text: str) -> None:
    """Print `value` as JSON where that was asked for, else `text`."""
    print(json.dumps(value) if options.json else text)


def progress_bar() -> Progress:
    return Progress(console=Console(stderr=True))
