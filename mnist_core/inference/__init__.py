"""From ink to an answer: photographs, several digits, honest probabilities, doubt."""
