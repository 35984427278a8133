"""How good a network is: exact counts, intervals, distortions."""
