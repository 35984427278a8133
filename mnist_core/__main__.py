"""`python -m mnist_core …`: see `mnist_core.cli.main`."""

from mnist_core.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
