"""`python -m mnist_core …`: see `mnist_core.cli.main`."""

import signal

if __name__ == "__main__":
    # Before anything slow is loaded: whoever ends us with SIGTERM means what Ctrl-C means.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from mnist_core.cli.main import main
    except KeyboardInterrupt:
        raise SystemExit("Interrupted.") from None
    raise SystemExit(main())
