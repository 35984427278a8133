"""Parts that run in the browser: charts, the pads, and their Python side."""
