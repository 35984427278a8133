"""Evaluate: how good a network is, where it errs, and how far to trust it."""

import streamlit as st

from mnist_ui.widgets.get_mnist import offer_mnist
from mnist_ui.widgets.network_choice import choose_network
from mnist_ui.widgets.page_head import open_page, wait_for_torch

app = open_page(
    "evaluate",
    "How good is it?",
    "Where a network errs, how far to trust it, and whether another one is better.",
)
left, right = st.columns(2)
with left:
    network = choose_network("Network")
wait_for_torch(app)

from mnist_ui.pages.evaluate.examination import choose_images, evaluate

if network is not None:
    if network.card.dataset == "mnist" and offer_mnist(app):
        st.session_state.pop("evaluated_images", None)
    with right:
        source = choose_images(network)
    evaluate(network, source)
