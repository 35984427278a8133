"""The seven pages, a folder each; none imports another."""
