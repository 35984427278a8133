"""Data: the images themselves, how many of each digit, and what augmentation does to them."""

import streamlit as st

from mnist_core.errors import DataError
from mnist_ui.widgets.get_mnist import offer_mnist
from mnist_ui.widgets.page_head import open_page, wait_for_torch

app = open_page(
    "data", "The digits", "What the networks learn from: look through it before you trust a number."
)
wait_for_torch(app, "The images are being loaded…")

from mnist_ui.pages.data.digits import show_digits

if offer_mnist(app):
    st.session_state["data_dataset"] = "mnist"
try:
    show_digits()
except DataError as error:
    st.error(str(error), icon=":material/error:")
