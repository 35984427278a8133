"""Digits as a pen wrote them: read, edited in style, blended, drawn afresh for every epoch."""
