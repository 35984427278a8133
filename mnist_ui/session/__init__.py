"""What the server and one visitor's session know: shared objects, limits, visitors."""
