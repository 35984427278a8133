"""What a network is: its layers, shapes, costs, and what each unit sees."""
