"""`python -m mnist_core …`, or `mnist-lab …` where it is installed: see `mnist_core.cli.main`."""

import signal


def run() -> int:
    """Carry out the command of this process's arguments; return the exit status."""
    # Before anything slow is loaded: whoever ends us with SIGTERM means what Ctrl-C means.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # Here, below the line above: it takes a tenth of a second.
        from mnist_core.cli.main import main

        return main()
    except KeyboardInterrupt:
        raise SystemExit("Interrupted.") from None
    except RuntimeError as error:
        # Where it comes amid the making of a class, as torch's are while it is loaded, Python 3.11
        # hands on this error in its place.
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise SystemExit("Interrupted.") from None
        raise


if __name__ == "__main__":
    raise SystemExit(run())
