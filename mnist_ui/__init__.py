"""The app's pages: they ask, call the core, and draw what it answers."""
