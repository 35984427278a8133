"""The colours of charts: written as the light theme's, replaced in the browser by the live theme's.

Blue, orange and green keep apart for every common kind of colour blindness, and lines differ in
dash or marker too. A test holds these against `.streamlit/config.toml`.
"""

from typing import Final

TEXT: Final = "#20242F"
BACKGROUND: Final = "#FBFAF7"
BORDER: Final = "#DDD8CD"
PRIMARY: Final = "#3F4FC4"
BLUE: Final = "#2B6CB0"
ORANGE: Final = "#C8590F"
GREEN: Final = "#0B7A5E"
GRAY: Final = "#6A6F7D"

DIGIT_COLORS: Final = (
    "#3F6FD8", "#C8590F", "#0B8A6A", "#B83A9B", "#8A6D00",
    "#D33F49", "#7A5AE0", "#0083A5", "#9A5B3C", "#6A7080",
)  # fmt: skip
"""A digit's own colour, the same in every chart and in both themes."""

CSS_VARIABLES: Final = {
    TEXT: "--st-text-color",
    BACKGROUND: "--st-background-color",
    BORDER: "--st-border-color",
    PRIMARY: "--st-primary-color",
    BLUE: "--st-blue-color",
    ORANGE: "--st-orange-color",
    GREEN: "--st-green-color",
    GRAY: "--st-gray-color",
}
"""Which of Streamlit's CSS variables stands for each colour of a figure."""
