"""Train, measure and understand small convolutional networks on MNIST.

Knows nothing of Streamlit, Plotly or browsers; see docs/design.md for the layers.
"""
