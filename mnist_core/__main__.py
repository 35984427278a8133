"""`python -m mnist_core …`, or `mnist-lab …` where it is installed: see `mnist_core.cli.main`."""

import signal


def run() -> int:
    """Carry out the command of this process's arguments; return the exit status."""
    # Before anything slow is loaded: whoever ends us with SIGTERM means what Ctrl-C means.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # Here, below the line above: it takes a tenth of a second.
        from mnist_core.cli.main import main
    except KeyboardInterrupt:
        raise SystemExit("Interrupted.") from None
    return main()


if __name__ == "__main__":
    raise SystemExit(run())
