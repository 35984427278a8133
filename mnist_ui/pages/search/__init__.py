"""Search: many small networks tried, watched as points, and the good ones taken further."""
