"""A search for good networks: what it chooses from, its folder, its driver, what it found."""
