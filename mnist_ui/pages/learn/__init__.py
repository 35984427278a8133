"""The page that tells the challenge step by step, with what each idea is worth."""
