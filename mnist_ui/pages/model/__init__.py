"""Model: a network's layers and costs, and all networks compared."""
