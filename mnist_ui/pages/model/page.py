"""Model: a network drawn and taken apart, the challenge as a checklist, the networks compared."""

from mnist_ui.widgets.export_import import export_import_section
from mnist_ui.widgets.network_choice import choose_network
from mnist_ui.widgets.page_head import open_page, wait_for_torch

app = open_page(
    "model", "Inside the network", "Every layer with its shape and its cost, from image to answer."
)
network = choose_network("Network")
wait_for_torch(app)

from mnist_ui.pages.model.layers import show_compared, show_network

if network is not None:
    show_network(app, network)
    export_import_section(network)
    show_compared()
