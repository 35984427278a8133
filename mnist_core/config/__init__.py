"""What a run is told: its settings, the named recipes, the challenge's conditions."""
