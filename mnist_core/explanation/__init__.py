"""Why a network answers as it does, and what would change its answer."""
