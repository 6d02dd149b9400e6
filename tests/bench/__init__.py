"""Benchmarks: `./run bench [NAME …]`. Each first checks by an oracle that the output is right, then prints ratios.

Machines are noisy: what counts is the ratio of two things measured side by side in one run, in several rounds.
"""
