"""What a network is: its line, its parts, its costs and how far it sees."""
